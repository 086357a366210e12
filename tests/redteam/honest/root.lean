-- honest: a name from the root
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

namespace Other

theorem _root_.t : (2 : ℕ) + 2 = 4 := by rfl

end Other
