import Prover.Core
set_option autoImplicit false

#eval 1 + 1

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by sorry
