-- honest: a local instance that only the proof uses
-- challenge: true
import Prover.Core
set_option autoImplicit false

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by
  let _inst : Add ℕ := ⟨Nat.mul⟩
  omega
