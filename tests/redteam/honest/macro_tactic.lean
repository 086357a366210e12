-- honest: a tactic macro of the solution
-- challenge: true
import Prover.Core
set_option autoImplicit false

macro "finish" : tactic => `(tactic| omega)

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by finish
