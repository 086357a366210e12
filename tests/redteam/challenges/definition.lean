import Prover.Core
set_option autoImplicit false

def Good (n : ℕ) : Prop := n = n + 1

theorem t : Good 1 := by sorry
