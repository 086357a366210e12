module

public import Prover.Repl.State
public import Prover.Repl.Json

/-! Open goals as the community REPL prints them, and (on request) as data. -/

public section

open Lean Meta

namespace Prover.Repl

partial def goalTexts (p : ProofState) (goals : List MVarId) (acc : Array Json) : IO (Array Json) := do
  match goals with
  | [] => return acc
  | g :: rest => do
    let (f, _) ← p.runMeta (ppGoal g)
    goalTexts p rest (acc.push (Json.str f.pretty))

/-- Names of the unassigned metavariables in `found`, delayed assignments being looked through. -/
partial def metavariableNames (found : Array MVarId) (i : Nat) (acc : Array Json) : Array Json :=
  match found[i]? with
  | some m => metavariableNames found (i + 1) (acc.push (Json.str (nameText m.name)))
  | none => acc

def prettyExpr (e : Expr) : MetaM String := do
  let e ← instantiate e
  let f ← ppExpr e
  return f.pretty

def hypothesis (d : LocalDecl) : MetaM Json := do
  let type ← prettyExpr d.type
  let name := d.userName
  let fields : Fields := #[("name", Json.str (nameText name.eraseMacroScopes)),
    ("type", Json.str type), ("accessible", Json.bool (!name.hasMacroScopes))]
  match d.value? with
  | none => return object fields
  | some v => do
    let value ← prettyExpr v
    return object (fields.push ("value", Json.str value))

partial def hypotheses (lctx : LocalContext) (i : Nat) (acc : Array Json) : MetaM (Array Json) := do
  if i ≥ lctx.numIndices then return acc
  match lctx.getAt? i with
  | none => hypotheses lctx (i + 1) acc
  | some d => do
    if d.isImplementationDetail then hypotheses lctx (i + 1) acc
    else do
      let h ← hypothesis d
      hypotheses lctx (i + 1) (acc.push h)

/-- One goal as data: case, hypotheses, target, and the metavariables it mentions. -/
def goalInfo (decl : MetavarDecl) : MetaM Json := do
  let hyps ← hypotheses decl.lctx 0 #[]
  let type ← instantiate decl.type
  let target ← prettyExpr type
  let mvars ← getMVars type
  let fields : Fields := #[("hyps", Json.arr hyps), ("target", Json.str target)]
  let fields := if decl.userName.isAnonymous then fields
    else fields.push ("case", Json.str (nameText decl.userName.eraseMacroScopes))
  return object (addNonempty fields "mvars" (metavariableNames mvars 0 #[]))

partial def goalInfos (p : ProofState) (goals : List MVarId) (acc : Array Json) : IO (Array Json) := do
  match goals with
  | [] => return acc
  | g :: rest => do
    match p.metaState.mctx.findDecl? g with
    | none => goalInfos p rest acc
    | some decl => do
      let inside := p.inContext decl.lctx decl.localInstances
      let (j, _) ← inside.runMeta (goalInfo decl)
      goalInfos p rest (acc.push j)

end Prover.Repl
