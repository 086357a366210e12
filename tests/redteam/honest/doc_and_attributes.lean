-- honest: documentation and attributes on the theorem
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

/-- Two and two. -/
@[simp] theorem t : (2 : ℕ) + 2 = 4 := rfl
