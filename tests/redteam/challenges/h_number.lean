import Prover.Core
set_option autoImplicit false

def answer : ℕ := sorry

theorem t : answer * 2 = 34 := by sorry
