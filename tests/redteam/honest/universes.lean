-- honest: a universe-polymorphic theorem
-- challenge: h_universe
import Prover.Core
set_option autoImplicit false

universe u

theorem t (α : Type u) (a b : α) (h : a = b) : b = a := h.symm
