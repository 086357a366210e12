import Lean
import Prover.Core
set_option autoImplicit false

open Lean Elab Term in
elab "assume_it" : term => do
  let name := Name.mkSimple "propext\nx"
  let decl := Declaration.axiomDecl {
    name := name, levelParams := [], type := mkConst ``False, isUnsafe := false }
  match (← getEnv).addDeclCore 0 decl none with
  | .ok env => do
    setEnv env
    return mkConst name
  | .error _ => throwError "refused"

theorem t : (1 : ℕ) = 2 := by sorry
