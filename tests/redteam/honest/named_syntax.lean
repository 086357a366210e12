-- honest: a macro with a name of its own
-- challenge: true
import Prover.Core
set_option autoImplicit false

macro (name := closeIt) "close_it" : tactic => `(tactic| omega)

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by close_it
