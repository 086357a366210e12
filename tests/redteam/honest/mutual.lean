-- honest: a mutual block of helpers
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

mutual
def even : ℕ → Bool
  | 0 => true
  | n + 1 => odd n
def odd : ℕ → Bool
  | 0 => false
  | n + 1 => even n
end

theorem t : (2 : ℕ) + 2 = 4 := by
  have _ : even 2 = true := by simp [even, odd]
  rfl
