import Prover.Core
set_option autoImplicit false

theorem t : (1 : ℕ) = 2 := by sorry
