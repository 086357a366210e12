module

public import Prover.Repl.Goals
public import Prover.Repl.Restore

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

/-- The constants that a hole of this type mentions, in it and in its hypotheses. -/
partial def mentioned (lctx : LocalContext) (i : Nat) (acc : Array Name) : Array Name :=
  if i ≥ lctx.numIndices then acc
  else match lctx.getAt? i with
    | none => mentioned lctx (i + 1) acc
    | some d =>
      let acc := pushNames d.type.getUsedConstants 0 acc
      mentioned lctx (i + 1) <| match d.value? (allowNondep := true) with
        | some v => pushNames v.getUsedConstants 0 acc
        | none => acc

partial def goalMentions (mctx : MetavarContext) (goals : List MVarId) (acc : Array Name) : Array Name :=
  match goals with
  | [] => acc
  | g :: rest => match mctx.findDecl? g with
    | some d => goalMentions mctx rest (mentioned d.lctx 0 (pushNames d.type.getUsedConstants 0 acc))
    | none => goalMentions mctx rest acc

partial def withMatchers (made : Environment) (ns : Array Name) (i : Nat) (env : Environment) : Environment :=
  match ns[i]? with
  | none => env
  | some n => match Match.Extension.getMatcherInfo? made n, Match.Extension.getMatcherInfo? env n with
    | some info, none => withMatchers made ns (i + 1) (Match.Extension.addMatcherInfo env n info)
    | _, _ => withMatchers made ns (i + 1) env

/-- The environment for a proof state: the one before its command, with the auxiliary constants (matchers)
that the command made for its statement; never with the theorem, which may not use itself. -/
def proofEnv (before : Environment) (ctx : ContextInfo) (mentions : Array Name) : IO Environment := do
  let source : Source := fun n => if some n == ctx.parentDecl? then none else ctx.env.find? n
  let token ← IO.CancelToken.new
  let result ← (restore source token mentions before).toBaseIO
  match result with
  | .ok env => return withMatchers ctx.env mentions 0 env
  | .error _ => return before

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
  let env ← proofEnv before ctx (goalMentions i.mctxBefore goals #[])
  let state ← ProofState.ofContext ctx env lctx insts goals roots
  return { state := state, start := start, stop := stop }

/-- Which parts of the trees a reply needs. -/
structure Wanted where
  before : Environment
  sorries : Bool
  rootGoals : Bool
  tactics : Bool
  /-- What the proof states of `sorry`s are judged by; empty for their own goal. -/
  roots : List MVarId := []
  /-- The metavariables before the step that made the trees. -/
  older? : Option MetavarContext := none

partial def allDeclared (mctx : MetavarContext) (ms : Array MVarId) (i : Nat) : Bool :=
  match ms[i]? with
  | none => true
  | some m => (mctx.findDecl? m).isSome && allDeclared mctx ms (i + 1)

def declaredIn (mctx : MetavarContext) (e : Expr) : Bool := allDeclared mctx (e.collectMVars {}).result 0

partial def hypothesesDeclaredIn (mctx : MetavarContext) (lctx : LocalContext) (i : Nat) : Bool :=
  if i ≥ lctx.numIndices then true
  else match lctx.getAt? i with
    | none => hypothesesDeclaredIn mctx lctx (i + 1)
    | some d => declaredIn mctx d.type && hypothesesDeclaredIn mctx lctx (i + 1)

/-- The metavariables for a hole of this type: as they were before the step, where these tell all of it. -/
def holeMetavariables (w : Wanted) (ctx : ContextInfo) (lctx : LocalContext) (type : Expr) : MetavarContext :=
  match w.older? with
  | none => ctx.mctx
  | some old => if declaredIn old type && hypothesesDeclaredIn old lctx 0 then old else ctx.mctx

/-- The hole of a term-mode `sorry`: a fresh goal of the expected type. -/
def termHole (w : Wanted) (ctx : ContextInfo) (i : TermInfo) (type : Expr) : IO Hole := do
  let (start, stop) := range ctx i.stx
  let env ← proofEnv w.before ctx (mentioned i.lctx 0 type.getUsedConstants)
  let p ← ProofState.ofContext ctx env i.lctx #[] [] []
  let (type, _) ← p.runMeta (instantiate type)
  let p := { p with metaState := { mctx := holeMetavariables w ctx i.lctx type } }
  let (goal, p) ← p.runMeta (mkFreshExprMVar (some type))
  let goals := [goal.mvarId!]
  let roots := match w.roots with
    | [] => goals
    | _ => w.roots
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
      let h ← termHole w ctx i type
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

/-- An info tree, and the environment before the command that it is of. -/
structure CommandTree where
  before : Environment
  tree : InfoTree

/-- What `w` asks for, of each of the trees in turn. -/
partial def find (w : Wanted) (ctx? : Option ContextInfo) (ts : Array CommandTree) (i : Nat) (acc : Found) :
    IO Found := do
  match ts[i]? with
  | none => return acc
  | some t => do
    let acc ← visit { w with before := t.before } ctx? false t.tree acc
    find w ctx? ts (i + 1) { acc with sorries := pushHoles acc.termSorries 0 acc.sorries, termSorries := #[] }

partial def pushSubstituted (before : Environment) (s : InfoState) (ts : Array InfoTree) (i : Nat)
    (acc : Array CommandTree) : Array CommandTree :=
  match ts[i]? with
  | some t =>
    pushSubstituted before s ts (i + 1) (acc.push { before := before, tree := t.substitute s.assignment })
  | none => acc

/-- The trees of an elaboration that has ended, with those of postponed terms put in their places. -/
def pushFinished (before : Environment) (s : InfoState) (acc : Array CommandTree) : Array CommandTree :=
  pushSubstituted before s (trees s.trees) 0 acc

end Prover.Repl
