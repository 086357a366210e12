-- honest: all theorems of a challenge, in another order
-- challenge: h_pair
import Prover.Core
set_option autoImplicit false

theorem u : (1 : ℕ) ≤ 2 := by decide

theorem t : (2 : ℕ) + 2 = 4 := rfl
