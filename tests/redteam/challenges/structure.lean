import Prover.Core
set_option autoImplicit false

structure Box where
  x : ℕ
  pos : x = x + 1

theorem t : Nonempty Box := by sorry
