import Prover.Core
set_option autoImplicit false

theorem t : ∀ n : ℕ, n < 10 := by sorry
