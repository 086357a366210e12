import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) ^ 10 = 1024 := by sorry
