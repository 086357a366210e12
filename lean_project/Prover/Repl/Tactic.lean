module

public import Prover.Repl.Goals
public import Prover.Repl.Messages
public import Prover.Repl.Sorries
public import Prover.Repl.Syntax

/-! One tactic on a saved proof state. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- Why a step failed; `kind` is machine-readable, `text` is Lean's. -/
structure Failure where
  kind : String
  text : String

/-- What a step may cost and how it is judged. All off by default, as in the community REPL. -/
structure StepOptions where
  /-- Refuse forbidden syntax, do not recover from errors, report as data. -/
  detail : Bool
  /-- In thousands, as the option of this name; 0 is unlimited. -/
  maxHeartbeats : Nat

def failureKind (e : Exception) : String :=
  if e.isInterrupt then "interrupted"
  else if e.isMaxHeartbeat then "heartbeats"
  else if e.isMaxRecDepth then "recursion"
  else "tactic"

/-- Run parsed tactic `stx` on the goals of `p`, with fresh message and trace logs. -/
def evalStep (s : Server) (p : ProofState) (stx : Syntax) (o : StepOptions) :
    IO (Except Failure ProofState) := do
  let beats ← IO.getNumHeartbeats
  let coreContext := { p.coreContext with
    cancelTk? := some s.cancel, initHeartbeats := beats, maxHeartbeats := o.maxHeartbeats * 1000 }
  let coreRef ← IO.mkRef { p.core with
    messages := {}, traceState := {}, infoState := { enabled := mentionsSorry stx } }
  let metaRef ← IO.mkRef p.metaState
  let termRef ← IO.mkRef p.term
  let goalsRef ← IO.mkRef ({ goals := p.goals } : Tactic.State)
  let act : Tactic.TacticM Unit := do
    Tactic.evalTactic stx
    Tactic.pruneSolvedGoals
    Term.synthesizeSyntheticMVarsNoPostponing
  let result ← (act { elaborator := .anonymous, recover := !o.detail } goalsRef p.termContext termRef
    p.metaContext metaRef coreContext coreRef).toBaseIO
  match result with
  | .error e => return .error { kind := failureKind e, text := ← exceptionText e }
  | .ok _ =>
    let tactic ← goalsRef.get
    return .ok { p with
      core := ← coreRef.get, metaState := ← metaRef.get, term := ← termRef.get, goals := tactic.goals }

partial def freeVariables (e : Expr) (lctx : LocalContext) (i : Nat) (acc : Array Expr) : Array Expr :=
  if i ≥ lctx.numIndices then acc
  else match lctx.getAt? i with
    | none => freeVariables e lctx (i + 1) acc
    | some d =>
      freeVariables e lctx (i + 1) (if d.isImplementationDetail then acc else acc.push (mkFVar d.fvarId))

/-- The root goal's proof, closed over its context, checked by the kernel. Says what is wrong with it. -/
def rootStatus (root : MVarId) (cancel : IO.CancelToken) : MetaM String := do
  let mctx ← getMCtx
  if (mctx.getExprAssignmentCore? root).isNone then return "Error: Goal not assigned"
  let pf ← instantiate (mkMVar root)
  let type ← inferType pf
  let type ← instantiate type
  let expected ← inferType (mkMVar root)
  let expected ← instantiate expected
  let same ← isDefEq type expected
  if !same then
    let t ← ppExpr type
    let e ← ppExpr expected
    return "Error: proof has type " ++ t.pretty ++ " but root goal has type " ++ e.pretty
  let lctx ← getLCtx
  let pf ← mkLambdaFVars (freeVariables pf lctx 0 #[]) pf
  let pf ← instantiate pf
  if pf.hasExprMVar then return "Incomplete: contains metavariable(s)"
  let type ← inferType pf
  let params := (collectLevelParams (collectLevelParams {} type) pf).params
  let decl := Declaration.defnDecl {
    name := .anonymous, type := type, value := pf, levelParams := params.toList
    hints := .opaque, safety := .safe }
  let env ← getEnv
  let options ← getOptions
  match env.toKernelEnv.addDecl options decl (some cancel) with
  | .ok _ => return if pf.hasSorry then "Incomplete: contains sorry" else "Completed"
  | .error e => do
    let text ← (e.toMessageData options).toString
    return "Error: kernel type check failed: " ++ text

def proofStatus (p : ProofState) (cancel : IO.CancelToken) : IO String := do
  match p.goals with
  | _ :: _ => return "Incomplete: open goals remain"
  | [] => match p.roots with
    | [root] => match p.metaState.mctx.findDecl? root with
      | none => return "Error: Goal not assigned"
      | some decl => do
        let (status, _) ← (p.inContext decl.lctx decl.localInstances).runMeta (rootStatus root cancel)
        return status
    | _ => return "Not verified: more than one initial goal"

partial def joinLines (texts : Array Json) (i : Nat) (acc : String) : String :=
  match texts[i]? with
  | some (.str t) => joinLines texts (i + 1) (if i == 0 then t else acc ++ "\n" ++ t)
  | _ => acc

/-- Each hole gets a proof state's id; those of a command have positions too. -/
partial def holes (s : Server) (hs : Array Hole) (i : Nat) (positions : Bool) (acc : Array Json) : IO (Array Json) := do
  match hs[i]? with
  | none => return acc
  | some h => do
    let id ← addProofState s h.state
    let texts ← goalTexts h.state h.state.goals #[]
    let fields : Fields := #[("proofState", nat id), ("goal", Json.str (joinLines texts 0 ""))]
    let fields := if positions then
        (fields.push ("pos", position h.start)).push ("endPos", position h.stop)
      else fields
    holes s hs (i + 1) positions (acc.push (object fields))

/-- The `sorry`s that the step from `old` to `p` left inside what it assigned. -/
def innerSorries (s : Server) (old p : ProofState) : IO (Array Json) := do
  let ctx : CommandContextInfo := {
    env := p.core.env, fileMap := default, mctx := p.metaState.mctx, options := p.coreContext.options
    currNamespace := p.coreContext.currNamespace, openDecls := p.coreContext.openDecls, ngen := p.core.ngen }
  let wanted : Wanted := {
    before := p.core.env, sorries := true, rootGoals := false, tactics := false, roots := p.roots
    older? := some old.metaState.mctx }
  let found ← find wanted (some { ctx with }) (pushFinished p.core.env p.core.infoState #[]) 0 {}
  holes s found.sorries 0 false #[]

partial def traceTexts (ts : PersistentArrayNode TraceElem) (acc : Array Json) : IO (Array Json) := do
  match ts with
  | .leaf xs => leaf xs 0 acc
  | .node ns => node ns 0 acc
where
  leaf (xs : Array TraceElem) (i : Nat) (acc : Array Json) : IO (Array Json) := do
    match xs[i]? with
    | none => return acc
    | some t => do
      let text ← t.msg.toString
      leaf xs (i + 1) (acc.push (Json.str (trimmed text)))
  node (ns : Array (PersistentArrayNode TraceElem)) (i : Nat) (acc : Array Json) : IO (Array Json) := do
    match ns[i]? with
    | none => return acc
    | some n => do
      let acc ← traceTexts n acc
      node ns (i + 1) acc

def traces (p : ProofState) : IO (Array Json) := do
  let ts := p.core.traceState.traces
  let acc ← traceTexts ts.root #[]
  traceTexts (.leaf ts.tail) acc

/-- The reply that describes a new proof state. -/
def stepReply (s : Server) (old p : ProofState) (o : StepOptions) : IO Fields := do
  let ms ← messages p.core.messages.toList #[]
  let ts ← traces p
  let sorries ← if p.core.infoState.enabled then innerSorries s old p else pure #[]
  let p := { p with core := { p.core with infoState := {}, messages := {}, traceState := {} } }
  let id ← addProofState s p
  let goals ← goalTexts p p.goals #[]
  let status ← proofStatus p s.cancel
  let fields : Fields := #[("proofState", nat id), ("goals", Json.arr goals), ("proofStatus", Json.str status)]
  let fields := addNonempty (addNonempty (addNonempty fields "messages" ms) "sorries" sorries) "traces" ts
  if o.detail then
    let infos ← goalInfos p p.goals #[]
    return fields.push ("goalInfos", Json.arr infos)
  return fields

/-- Run the text of one tactic on proof state `p`. -/
def runTactic (s : Server) (p : ProofState) (text : String) (o : StepOptions) : IO (Except Failure Fields) := do
  match Parser.runParserCategory p.core.env `tactic text with
  | .error e => return .error { kind := "parse", text := e }
  | .ok stx => do
    let bad := if o.detail then forbidden? stx else none
    match bad with
    | some kind => return .error { kind := "forbidden", text := kind }
    | none => do
      let result ← evalStep s p stx o
      match result with
      | .error f => return .error f
      | .ok p' => do
        let reply ← stepReply s p p' o
        return .ok reply

partial def nthGoal (goals : List MVarId) (i : Nat) : Option MVarId :=
  match goals, i with
  | [], _ => none
  | g :: _, 0 => some g
  | _ :: rest, k + 1 => nthGoal rest k

/-- The state in which only goal number `i` of `p` is open, and is the root. -/
def focus (s : Server) (p : ProofState) (i : Nat) (o : StepOptions) : IO (Except Failure Fields) := do
  match nthGoal p.goals i with
  | none => return .error { kind := "tactic", text := "no goal number " ++ Nat.repr i }
  | some g => do
    let reply ← stepReply s p { p with goals := [g], roots := [g] } o
    return .ok reply

end Prover.Repl
