-- honest: a decision that is made
-- challenge: h_decision
import Prover.Core
set_option autoImplicit false

def answer : Prop := False

theorem t : (1 : ℕ) = 2 ↔ answer := by simp [answer]
