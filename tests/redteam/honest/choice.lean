-- honest: classical choice
-- challenge: h_choice
import Prover.Core
set_option autoImplicit false

theorem t (p : Prop) (h : Nonempty p) : p := Classical.choice h
