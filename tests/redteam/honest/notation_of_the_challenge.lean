-- honest: a local notation in the challenge itself
-- challenge: h_notation
import Prover.Core
set_option autoImplicit false

local notation "two" => (2 : ℕ)

theorem t : two + two = 4 := by rfl
