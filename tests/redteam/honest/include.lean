-- honest: a variable included
-- challenge: h_include
import Prover.Core
set_option autoImplicit false

variable (n : ℕ) (h : n = 1)

include h in
theorem t : n + 1 = 2 := by omega
