-- honest: a lemma marked simp, and a local one
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

@[simp] theorem two_two : (2 : ℕ) + 2 = 4 := rfl

attribute [local simp] two_two

theorem t : (2 : ℕ) + 2 = 4 := by simp
