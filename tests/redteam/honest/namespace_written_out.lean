-- honest: the same theorem under its full name
-- challenge: h_namespace
import Prover.Core
set_option autoImplicit false

theorem Main.t : (2 : ℕ) + 2 = 4 := by rfl
