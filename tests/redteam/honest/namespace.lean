-- honest: a theorem in a namespace
-- challenge: h_namespace
import Prover.Core
set_option autoImplicit false

namespace Main

theorem t : (2 : ℕ) + 2 = 4 := by rfl

end Main
