import Prover.Core
set_option autoImplicit false

local notation "two" => (1 : ℕ)

theorem t : two = (2 : ℕ) := by sorry
