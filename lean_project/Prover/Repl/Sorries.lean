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

/-- What is collected on the way through the trees. -/
structure Found where
  sorries : Array Hole := #[]
  /-- Term-mode `sorry`s of the tree at hand: a tree's tactic-mode ones come first. -/
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

def tacticHole (before : Environment) (ctx : ContextInfo) (i : TacticInfo) (goals roots : List MVarId) :
    IO Hole := do
  let ctx := { ctx with mctx := i.mctxBefore }
  let (lctx, insts) := goalContext i.mctxBefore goals
  let (start, stop) := range ctx i.stx
  let state ← ProofState.ofContext ctx (proofEnv before ctx) lctx insts goals roots
  return { state := state, start := start, stop := stop }

/-- The hole of a term-mode `sorry`: a fresh goal of the expected type. -/
def termHole (before : Environment) (ctx : ContextInfo) (i : TermInfo) (type : Expr) (roots : List MVarId) :
    IO Hole := do
  let (start, stop) := range ctx i.stx
  let p ← ProofState.ofContext ctx (proofEnv before ctx) i.lctx #[] [] []
  let (goal, p) ← p.runMeta (mkFreshExprMVar (some type))
  let goals := [goal.mvarId!]
  let roots := match roots with
    | [] => goals
    | _ => roots
  return { state := { p with goals := goals, roots := roots }, start := start, stop := stop }

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
  /-- What the proof states of `sorry`s are judged by; empty for their own goal. -/
  roots : List MVarId := []

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

/-- The goal that a proof state of the trees is judged by: given where a tactic step made the trees
(the proof as a whole), otherwise its own. -/
def rootsOr (w : Wanted) (goals : List MVarId) : List MVarId :=
  match w.roots with
  | [] => goals
  | _ => w.roots

def isSorryTactic (i : TacticInfo) : Bool := i.stx.getKind == ``Lean.Parser.Tactic.tacticSorry

def collectTactic (w : Wanted) (ctx : ContextInfo) (i : TacticInfo) (inTactic : Bool) (acc : Found) :
    IO Found := do
  let acc ← if w.rootGoals && !inTactic then do
      let h ← tacticHole w.before ctx i i.goalsBefore i.goalsBefore
      pure { acc with roots := acc.roots.push { h with stop := h.start } }
    else pure acc
  let acc ← if w.tactics && isSourceTactic i.stx then do
      let h ← tacticHole w.before ctx i i.goalsBefore i.goalsBefore
      pure { acc with tactics := acc.tactics.push { hole := h, stx := i.stx, info := i } }
    else pure acc
  if w.sorries && isSorryTactic i then
    match i.goalsBefore with
    | [] => return acc
    | g :: _ => do
      let h ← tacticHole w.before ctx i [g] (rootsOr w [g])
      return { acc with sorries := acc.sorries.push h }
  else return acc

def collectTerm (w : Wanted) (ctx : ContextInfo) (i : TermInfo) (acc : Found) : IO Found := do
  if w.sorries && i.stx.getKind == ``Lean.Parser.Term.sorry then
    match i.expectedType? with
    | none => return acc
    | some type => do
      let h ← termHole w.before ctx i type w.roots
      return { acc with termSorries := acc.termSorries.push h }
  else return acc

mutual

partial def visit (w : Wanted) (ctx? : Option ContextInfo) (inTactic : Bool) (t : InfoTree) (acc : Found) :
    IO Found := do
  match t with
  | .hole _ => return acc
  | .context c t => visit w (c.mergeIntoOuter? ctx?) inTactic t acc
  | .node info children => do
    let kids := trees children
    match ctx?, info with
    | some ctx, .ofTacticInfo i => do
      let acc ← collectTactic w ctx i inTactic acc
      -- The tactic `sorry` is made of a term `sorry`, which is not another hole.
      if isSorryTactic i then return acc else visitAll w ctx? true kids 0 acc
    | some ctx, .ofTermInfo i => do
      let acc ← collectTerm w ctx i acc
      visitAll w ctx? inTactic kids 0 acc
    | _, _ => visitAll w ctx? inTactic kids 0 acc

partial def visitAll (w : Wanted) (ctx? : Option ContextInfo) (inTactic : Bool) (ts : Array InfoTree) (i : Nat)
    (acc : Found) : IO Found := do
  match ts[i]? with
  | none => return acc
  | some t => do
    let acc ← visit w ctx? inTactic t acc
    visitAll w ctx? inTactic ts (i + 1) acc

end

partial def pushHoles (hs : Array Hole) (i : Nat) (acc : Array Hole) : Array Hole :=
  match hs[i]? with
  | some h => pushHoles hs (i + 1) (acc.push h)
  | none => acc

/-- What `w` asks for, of each of the trees in turn. -/
partial def find (w : Wanted) (ctx? : Option ContextInfo) (ts : Array InfoTree) (i : Nat) (acc : Found) :
    IO Found := do
  match ts[i]? with
  | none => return acc
  | some t => do
    let acc ← visit w ctx? false t acc
    find w ctx? ts (i + 1) { acc with sorries := pushHoles acc.termSorries 0 acc.sorries, termSorries := #[] }

partial def substituted (ts : Array InfoTree) (s : InfoState) (i : Nat) (acc : Array InfoTree) : Array InfoTree :=
  match ts[i]? with
  | some t => substituted ts s (i + 1) (acc.push (t.substitute s.assignment))
  | none => acc

/-- The trees of a finished elaboration, with those of postponed terms put in their places. -/
def finishedTrees (s : InfoState) : Array InfoTree := substituted (trees s.trees) s 0 #[]

end Prover.Repl
