-- honest: #check and #print axioms left in
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem t : (2 : ℕ) + 2 = 4 := rfl

#check t
#print axioms t
