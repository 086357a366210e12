-- honest: a noncomputable definition by choice
-- challenge: true
import Prover.Core
set_option autoImplicit false

noncomputable def some_number : ℕ := Classical.choice ⟨3⟩

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  have _ := some_number
  omega
