-- honest: names with axiom, unsafe and native in them
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

theorem axiom_free : (2 : ℕ) + 2 = 4 := rfl
theorem not_unsafe : True := trivial
def native_number : ℕ := 4

theorem t : (2 : ℕ) + 2 = 4 := axiom_free
