-- honest: a comment and a string that say sorry
-- challenge: true
import Prover.Core
set_option autoImplicit false

-- no sorry here
/- nor an admit -/
theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  have _s := "sorry"
  omega
