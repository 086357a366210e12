-- honest: a lemma called sorry_free
-- challenge: true
import Prover.Core
set_option autoImplicit false

theorem sorry_free (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := sorry_free n h
