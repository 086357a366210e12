import Prover.Core
set_option autoImplicit false

theorem t (p : Prop) : p ∨ ¬p := by sorry
