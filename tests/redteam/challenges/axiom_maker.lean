import Lean
import Prover.Core
set_option autoImplicit false

open Lean Elab Term in
elab "assume_it" : term => do
  let decl := Declaration.axiomDecl {
    name := `made_up, levelParams := [], type := mkConst ``False, isUnsafe := false }
  match (← getEnv).addDeclCore 0 decl none with
  | .ok env => do
    setEnv env
    return mkConst `made_up
  | .error _ => throwError "refused"

theorem t : (1 : ℕ) = 2 := by sorry
