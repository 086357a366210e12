-- honest: an answer that is found
-- challenge: h_number
import Prover.Core
set_option autoImplicit false

def answer : ℕ := 17

theorem t : answer * 2 = 34 := by rfl
