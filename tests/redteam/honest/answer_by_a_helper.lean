-- honest: an answer through a definition of the solution
-- challenge: h_number
import Prover.Core
set_option autoImplicit false

def half (n : ℕ) : ℕ := n / 2

def answer : ℕ := half 34

theorem t : answer * 2 = 34 := by rfl
