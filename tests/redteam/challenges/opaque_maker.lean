import Lean
import Prover.Core
set_option autoImplicit false

open Lean Elab Term in
elab "hide_it" : term => do
  let hidden := Declaration.axiomDecl {
    name := `hidden, levelParams := [], type := mkConst ``False, isUnsafe := false }
  let cover := Declaration.opaqueDecl {
    name := `cover, levelParams := [], type := mkConst ``False, value := mkConst `hidden, isUnsafe := false
    all := [`cover] }
  match (← getEnv).addDeclCore 0 hidden none with
  | .ok env => match env.addDeclCore 0 cover none with
    | .ok env => do
      setEnv env
      return mkConst `cover
    | .error _ => throwError "refused"
  | .error _ => throwError "refused"

theorem t : (1 : ℕ) = 2 := by sorry
