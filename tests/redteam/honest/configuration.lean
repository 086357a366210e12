-- honest: configurations written out
-- challenge: true
import Prover.Core
set_option autoImplicit false

theorem helper (n : ℕ) : n + 0 = n := by simp (config := { decide := true, maxSteps := 1000 })

theorem other (n : ℕ) : n + 0 = n := by simp +arith (maxSteps := 1000)

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by omega
