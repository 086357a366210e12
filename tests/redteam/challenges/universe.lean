import Prover.Core
set_option autoImplicit false

universe u

theorem t : ∀ α : Type u, Nonempty α := by sorry
