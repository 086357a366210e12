-- honest: a term for a proof
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) + 2 = 4 := rfl
