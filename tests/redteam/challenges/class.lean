import Prover.Core
set_option autoImplicit false

class Tricky (α : Type) where
  value : α

instance : Tricky ℕ := ⟨1⟩

theorem t : (Tricky.value : ℕ) = 2 := by sorry
