module

public import Prover.Repl.Goals

/-! The `sorry`s, tactics and root goals of elaborated commands, found in their info trees. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- A place in the source with the proof state that belongs to it. -/
structure Hole where
  state : ProofState
  start : Position
  stop : Position

/-- A tactic invocation of the source. -/
structure Invocation where
  hole : Hole
  stx : Syntax
  info : TacticInfo
  context : ContextInfo

/-- What is collected on the way through the trees. -/
structure Found where
  tacticSorries : Array Hole := #[]
  termSorries : Array Hole := #[]
  roots : Array Hole := #[]
  tactics : Array Invocation := #[]

/-- The environment for a proof state: with what the command added before this point (auxiliary
matchers, helpers), unless the theorem itself is already in it, for a theorem may not use itself. -/
def proofEnv (before : Environment) (ctx : ContextInfo) : Environment :=
  match ctx.parentDecl? with
  | some n => if ctx.env.contains n then before else ctx.env
  | none => before

def range (ctx : ContextInfo) (stx : Syntax) : Position × Position :=
  let start := match stx.getPos? with
    | some p => p
    | none => 0
  let stop := match stx.getTailPos? with
    | some p => p
    | none => start
  (ctx.fileMap.toPosition start, ctx.fileMap.toPosition stop)

def goalContext (mctx : MetavarContext) (goals : List MVarId) : LocalContext × LocalInstances :=
  match goals with
  | [] => ({}, #[])
  | g :: _ => match mctx.findDecl? g with
    | some d => (d.lctx, d.localInstances)
    | none => ({}, #[])

def tacticHole (before : Environment) (ctx : ContextInfo) (i : TacticInfo) (goals roots : List MVarId) : Hole :=
  let ctx := { ctx with mctx := i.mctxBefore }
  let (lctx, insts) := goalContext i.mctxBefore goals
  let (start, stop) := range ctx i.stx
  { state := ProofState.ofContext ctx (proofEnv before ctx) lctx insts goals roots, start := start, stop := stop }

/-- The hole of a term-mode `sorry`: a fresh goal of the expected type. -/
def termHole (before : Environment) (ctx : ContextInfo) (i : TermInfo) (type : Expr) : IO Hole := do
  let (start, stop) := range ctx i.stx
  let p := ProofState.ofContext ctx (proofEnv before ctx) i.lctx #[] [] []
  let (goal, p) ← p.runMeta (mkFreshExprMVar (some type) .syntheticOpaque)
  let goal := goal.mvarId!
  return { state := { p with goals := [goal], roots := [goal] }, start := start, stop := stop }

def isCombinator (k : Name) : Bool :=
  k == `null || k == ``Lean.cdot || k == ``Lean.cdotTk || k == ``Lean.Parser.Term.byTactic
    || k == ``Lean.Parser.Tactic.tacticSeq || k == ``Lean.Parser.Tactic.tacticSeq1Indented
    || k == ``Lean.Parser.Tactic.«tactic_<;>_» || k == ``Lean.Parser.Tactic.paren

def isSourceTactic (stx : Syntax) : Bool :=
  match stx.getHeadInfo with
  | .original .. => match stx with
    | .node _ k _ => !isCombinator k
    | _ => false
  | _ => false

/-- Which parts of the trees a command's reply needs. -/
structure Wanted where
  before : Environment
  sorries : Bool
  rootGoals : Bool
  tactics : Bool

/-- The trees below a node of a persistent array, in order, pushed onto `acc`. (The library's own
`toArray` is specialised code that is not exported.) -/
partial def pushTrees (ts : Array InfoTree) (i : Nat) (acc : Array InfoTree) : Array InfoTree :=
  match ts[i]? with
  | some t => pushTrees ts (i + 1) (acc.push t)
  | none => acc

mutual

partial def nodeTrees (n : PersistentArrayNode InfoTree) (acc : Array InfoTree) : Array InfoTree :=
  match n with
  | .leaf ts => pushTrees ts 0 acc
  | .node ns => nodesTrees ns 0 acc

partial def nodesTrees (ns : Array (PersistentArrayNode InfoTree)) (i : Nat) (acc : Array InfoTree) :
    Array InfoTree :=
  match ns[i]? with
  | some n => nodesTrees ns (i + 1) (nodeTrees n acc)
  | none => acc

end

def trees (p : PersistentArray InfoTree) : Array InfoTree := pushTrees p.tail 0 (nodeTrees p.root #[])

mutual

partial def visit (w : Wanted) (ctx? : Option ContextInfo) (roots : List MVarId) (inTactic : Bool)
    (t : InfoTree) (acc : Found) : IO Found := do
  match t with
  | .hole _ => return acc
  | .context c t => visit w (c.mergeIntoOuter? ctx?) roots inTactic t acc
  | .node info children => do
    let kids := trees children
    match ctx?, info with
    | some ctx, .ofTacticInfo i => visitTactic w ctx i roots inTactic kids acc
    | some ctx, .ofTermInfo i => do
      if w.sorries && i.stx.getKind == ``Lean.Parser.Term.sorry then
        match i.expectedType? with
        | none => visitAll w ctx? roots inTactic kids 0 acc
        | some type => do
          let h ← termHole w.before ctx i type
          visitAll w ctx? roots inTactic kids 0 { acc with termSorries := acc.termSorries.push h }
      else visitAll w ctx? roots inTactic kids 0 acc
    | _, _ => visitAll w ctx? roots inTactic kids 0 acc

partial def visitTactic (w : Wanted) (ctx : ContextInfo) (i : TacticInfo) (roots : List MVarId)
    (inTactic : Bool) (kids : Array InfoTree) (acc : Found) : IO Found := do
  let acc := if w.rootGoals && !inTactic then
      { acc with roots := acc.roots.push (tacticHole w.before ctx i i.goalsBefore i.goalsBefore) }
    else acc
  if w.sorries && i.stx.getKind == ``Lean.Parser.Tactic.tacticSorry then
    match i.goalsBefore with
    | [] => return acc
    | g :: _ => return { acc with tacticSorries := acc.tacticSorries.push (tacticHole w.before ctx i [g] [g]) }
  else if w.tactics && isSourceTactic i.stx then
    let roots := match roots with
      | [] => i.goalsBefore
      | _ => roots
    let inv := { hole := tacticHole w.before ctx i i.goalsBefore roots, stx := i.stx, info := i, context := ctx }
    visitAll w (some ctx) roots true kids 0 { acc with tactics := acc.tactics.push inv }
  else visitAll w (some ctx) roots true kids 0 acc

partial def visitAll (w : Wanted) (ctx? : Option ContextInfo) (roots : List MVarId) (inTactic : Bool)
    (ts : Array InfoTree) (i : Nat) (acc : Found) : IO Found := do
  match ts[i]? with
  | none => return acc
  | some t => do
    let acc ← visit w ctx? roots inTactic t acc
    visitAll w ctx? roots inTactic ts (i + 1) acc

end

end Prover.Repl
