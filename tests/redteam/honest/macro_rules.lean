-- honest: a syntax with its macro rules
-- challenge: true
import Prover.Core
set_option autoImplicit false

syntax "close_it" : tactic
macro_rules | `(tactic| close_it) => `(tactic| first | rfl | omega)

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by close_it
