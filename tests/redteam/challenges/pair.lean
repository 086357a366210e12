import Prover.Core
set_option autoImplicit false

theorem s : (1 : ℕ) = 2 := by sorry

theorem t : (1 : ℕ) = 2 ∧ (1 : ℕ) = 1 := by sorry
