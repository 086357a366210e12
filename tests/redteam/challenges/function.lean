import Prover.Core
set_option autoImplicit false

def f : ℕ → ℕ := sorry

theorem t : ∀ n, f n = f n + 1 := by sorry
