-- honest: set_option maxRecDepth for the rest of the file
-- challenge: true
import Prover.Core
set_option autoImplicit false

set_option maxRecDepth 4000
set_option linter.all false

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega
