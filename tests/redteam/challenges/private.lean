import Prover.Core
set_option autoImplicit false

private theorem t : (1 : ℕ) = 2 := by sorry
