-- honest: helpers in a where clause
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) + 2 = 4 := helper
where
  helper : (2 : ℕ) + 2 = 4 := rfl
