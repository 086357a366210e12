-- honest: a tactic macro with arguments
-- challenge: true
import Prover.Core
set_option autoImplicit false

macro "use_it" h:term : tactic => `(tactic| (have := $h; omega))

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by use_it h
