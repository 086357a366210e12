-- honest: a private lemma
-- challenge: true
import Prover.Core
set_option autoImplicit false

private theorem step (n : ℕ) : 2 * n = n + n := by omega

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  have := step n
  omega
