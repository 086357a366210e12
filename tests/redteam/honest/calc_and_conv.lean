-- honest: calc and conv
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) + 2 = 4 := by
  calc (2 : ℕ) + 2 = 3 + 1 := by rfl
    _ = 4 := by conv => lhs
