import Lean
import Prover.Core
set_option autoImplicit false

open Lean Elab Tactic in
elab "my_omega" : tactic => do evalTactic (← `(tactic| omega))

theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1 := by sorry
