-- honest: an example beside it
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

example : (1 : ℕ) < 2 := by decide

theorem t : (2 : ℕ) + 2 = 4 := rfl
