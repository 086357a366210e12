-- honest: a proof by equations
-- challenge: h_add
import Prover.Core
set_option autoImplicit false

theorem t : ∀ n : ℕ, 0 + n = n
  | 0 => rfl
  | n + 1 => by rw [Nat.add_succ, t n]
