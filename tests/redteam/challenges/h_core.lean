import Prover.Core

theorem t : (2 : Nat) + 2 = 4 := by sorry
