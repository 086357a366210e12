import Prover.Core
set_option autoImplicit false

def answer : Prop := sorry

theorem t : (1 : ℕ) = 2 ↔ answer := by sorry
