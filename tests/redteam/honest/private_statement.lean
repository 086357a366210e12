-- honest: a private theorem is asked for
-- challenge: h_private
import Prover.Core
set_option autoImplicit false

private theorem t : (1 : ℕ) + 1 = 2 := rfl
