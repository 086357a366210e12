import Prover.Core
set_option autoImplicit false

def answer : ℕ := sorry

theorem t : answer = 2 * answer + 1 := by sorry
