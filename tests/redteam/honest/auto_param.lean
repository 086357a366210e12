-- honest: an argument that a written tactic fills in
-- challenge: true
import Prover.Core
set_option autoImplicit false

theorem helper (n : ℕ) (_h : n = n := by rfl) : n + 0 = n := by simp

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  have := helper n
  omega
