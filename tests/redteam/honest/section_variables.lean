-- honest: sections and variables
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

section
variable {n : ℕ} (h : n = 4)

include h in
theorem helper : n = 4 := h
end

theorem t : (2 : ℕ) + 2 = 4 := helper rfl
