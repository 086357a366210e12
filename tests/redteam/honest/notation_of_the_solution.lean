-- honest: a notation of the solution, used in its proof
-- challenge: true
import Prover.Core
set_option autoImplicit false

local notation "⟪" a "⟫" => (a : ℕ) + 0

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  have : ⟪n⟫ = n := rfl
  omega
