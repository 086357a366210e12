-- honest: a structure and an inductive type of the solution
-- challenge: h_sum
import Prover.Core
set_option autoImplicit false

structure P where
  x : ℕ
  h : x = 4

inductive Sign where | plus | minus

theorem t : (2 : ℕ) + 2 = 4 := by
  have p : P := ⟨4, rfl⟩
  cases Sign.plus <;> rfl
