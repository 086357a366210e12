import Prover.Core
set_option autoImplicit false

theorem t (p : Prop) (h : Nonempty p) : p := by sorry
