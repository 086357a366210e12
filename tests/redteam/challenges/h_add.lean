import Prover.Core
set_option autoImplicit false

theorem t (n : ℕ) : 0 + n = n := by sorry
