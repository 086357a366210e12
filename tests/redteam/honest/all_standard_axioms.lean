-- honest: all three standard axioms
-- challenge: h_em
import Prover.Core
set_option autoImplicit false

theorem t (p : Prop) : p ∨ ¬p := Classical.em p
