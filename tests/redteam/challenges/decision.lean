import Prover.Core
set_option autoImplicit false

def answer : Prop := sorry

theorem t : (∃ n : ℕ, n * n = 2) ↔ answer := by sorry
