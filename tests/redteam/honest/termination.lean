-- honest: a proof by well-founded recursion
-- challenge: h_add
import Prover.Core
set_option autoImplicit false

theorem t (n : ℕ) : 0 + n = n := by
  match n with
  | 0 => rfl
  | k + 1 => rw [Nat.add_succ, t k]
termination_by n
