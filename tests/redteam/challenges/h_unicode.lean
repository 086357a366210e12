import Prover.Core
set_option autoImplicit false

theorem t (α β γ : ℕ) (η : α = β) («a name» : β = γ) : α = γ := by sorry
