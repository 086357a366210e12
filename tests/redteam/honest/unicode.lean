-- honest: letters of many alphabets
-- challenge: h_unicode
import Prover.Core
set_option autoImplicit false

theorem t (α β γ : ℕ) (η : α = β) («a name» : β = γ) : α = γ := by rw [η, «a name»]
