-- honest: a local recursive function in a proof
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) + 2 = 4 := by
  let rec f : ℕ → ℕ
    | 0 => 0
    | n + 1 => f n + 1
  rfl
