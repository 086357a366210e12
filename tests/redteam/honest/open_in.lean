-- honest: open … in before the theorem
-- challenge: true
import Prover.Core
set_option autoImplicit false

open Nat in
theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega
