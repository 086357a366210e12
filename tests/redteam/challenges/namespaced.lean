import Prover.Core
set_option autoImplicit false

namespace Main

def Good : Prop := (1 : ℕ) = 2

theorem t : Good := by sorry

end Main
