-- honest: a variable omitted
-- challenge: h_omit
import Prover.Core
set_option autoImplicit false

variable (α : Type) [inst : Inhabited α]

omit inst in
theorem t (a b : α) (h : a = b) : b = a := by exact h.symm
