-- honest: a deprecated lemma
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

@[deprecated Nat.add_comm (since := "2026-01-01")] theorem old (a b : ℕ) : a + b = b + a := Nat.add_comm a b

theorem t : (2 : ℕ) + 2 = 4 := rfl
