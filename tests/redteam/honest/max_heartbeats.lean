-- honest: set_option maxHeartbeats
-- challenge: true
import Prover.Core
set_option autoImplicit false

set_option maxHeartbeats 1000000 in
theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega
