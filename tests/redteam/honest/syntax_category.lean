-- honest: a syntax category of the solution, and rules that quote it
-- challenge: true
import Prover.Core
set_option autoImplicit false

declare_syntax_cat step
syntax "arith" : step
syntax "do_it" step : tactic
macro_rules
  | `(tactic| do_it arith) => `(tactic| omega)

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by do_it arith
