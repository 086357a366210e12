-- honest: a noncomputable section
-- challenge: true
import Prover.Core
set_option autoImplicit false

noncomputable section

def pick (p : ℕ → Prop) (h : ∃ n, p n) : ℕ := Classical.choose h

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega

end
