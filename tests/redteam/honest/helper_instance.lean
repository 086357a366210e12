-- honest: an instance of the solution for a type of its own
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

inductive Sign where | plus | minus

instance : Inhabited Sign := ⟨.plus⟩

theorem t : (2 : ℕ) + 2 = 4 := by
  cases (default : Sign) <;> rfl
