module

public import Prover.Repl.Verify

/-! A stranger's file against a challenge: each theorem that the challenge leaves open, rung by rung. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- What a challenge asks for: a proof of theorem `info`, or (`isAnswer`) a definition of that type. -/
structure Target where
  /-- As a user writes it: without the mark of a private name. -/
  label : Name
  info : ConstantInfo
  isAnswer : Bool
  pos : Position

/-- The constant that a file declares under this name, private or not; none of its imports'. -/
def newConstant? (base env : Environment) (label : Name) : Option ConstantInfo :=
  match if base.contains label then none else env.find? label with
  | some info => some info
  | none => env.find? (mkPrivateName env label)

def target? (s : Server) (r : Reading) (label : Name) (pos : Position) : IO (Option Target) := do
  match newConstant? r.base.env r.final.env label with
  | none => return none
  | some (.thmInfo v) => do
    let c ← closureOf s r.base.env r.final.env v.name
    return if member c.axioms ``sorryAx 0 then some ⟨label, .thmInfo v, false, pos⟩ else none
  | some info => return if usesSorry info then some ⟨label, info, true, pos⟩ else none

partial def targetsOf (s : Server) (r : Reading) (labels : Array Name) (pos : Position) (i : Nat)
    (acc : Array Target) : IO (Array Target) := do
  match labels[i]? with
  | none => return acc
  | some label => do
    let t ← target? s r label pos
    match t with
    | some t => targetsOf s r labels pos (i + 1) (acc.push t)
    | none => targetsOf s r labels pos (i + 1) acc

/-- What a challenge leaves open, in its order. -/
partial def allTargets (s : Server) (r : Reading) (i : Nat) (acc : Array Target) : IO (Array Target) := do
  match r.pieces[i]? with
  | none => return acc
  | some p => do
    let acc ← targetsOf s r p.names p.pos 0 acc
    allTargets s r (i + 1) acc

partial def isTarget (ts : Array Target) (n : Name) (i : Nat) : Bool :=
  match ts[i]? with
  | none => false
  | some t => t.info.name == n || t.info.name.isPrefixOf n || isTarget ts n (i + 1)

/-- A constant that a challenge leaves open under no name of its own (an instance, say): nobody could fill it. -/
partial def unnamedHole? (ts : Array Target) (cs : Array ConstantInfo) (i : Nat) : Option Name :=
  match cs[i]? with
  | none => none
  | some c => if usesSorry c && !(isTarget ts c.name 0) then some c.name else unnamedHole? ts cs (i + 1)

partial def isHole (ts : Array Target) (n : Name) (i : Nat) : Bool :=
  match ts[i]? with
  | none => false
  | some t => (t.isAnswer && t.info.name == n) || isHole ts n (i + 1)

/-- Two worlds in which a statement is read. -/
structure Worlds where
  base : Environment
  ours : Environment
  theirs : Environment
  targets : Array Target

partial def sameConstructors (w : Worlds) (a b : List Name) : Bool :=
  match a, b with
  | [], [] => true
  | x :: xs, y :: ys => x == y && sameConstructors w xs ys && match w.ours.find? x, w.theirs.find? y with
    | some c, some d => sameType c d
    | _, _ => false
  | _, _ => false

/-- Whether a constant means the same in both worlds. Of a theorem only the statement matters, and of an
open definition only the type. -/
def sameMeaning (w : Worlds) (a b : ConstantInfo) : Bool :=
  sameType a b && match a, b with
    | .thmInfo _, .thmInfo _ => true
    | .defnInfo v, .defnInfo u => isHole w.targets v.name 0 || v.value == u.value
    | .opaqueInfo v, .opaqueInfo u => v.value == u.value && v.isUnsafe == u.isUnsafe
    | .inductInfo v, .inductInfo u =>
      v.numParams == u.numParams && v.numIndices == u.numIndices && v.all == u.all
        && sameConstructors w v.ctors u.ctors
    | .ctorInfo v, .ctorInfo u => v.induct == u.induct && v.cidx == u.cidx
    | .recInfo v, .recInfo u => v.all == u.all
    | .axiomInfo _, .axiomInfo _ => true
    | .quotInfo _, .quotInfo _ => true
    | _, _ => false

/-- The constants through which a constant of the challenge has its meaning. -/
def meaningOf (w : Worlds) (info : ConstantInfo) : Array Name :=
  match info with
  | .thmInfo v => v.type.getUsedConstants
  | .defnInfo v => if isHole w.targets v.name 0 then v.type.getUsedConstants else neededBy (w.ours.find? ·) info
  | _ => neededBy (w.ours.find? ·) info

structure Comparison where
  seen : NameSet := {}
  changed : Option Name := none

/-- Compare constants `ns`, and all through which they have their meaning. -/
partial def compareAll (w : Worlds) (ns : Array Name) (i : Nat) (c : Comparison) : Comparison :=
  match ns[i]? with
  | none => c
  | some n =>
    if c.changed.isSome then c
    else if c.seen.contains n || w.base.contains n then compareAll w ns (i + 1) c
    else
      let c := { c with seen := c.seen.insert n }
      match w.ours.find? n, w.theirs.find? n with
      | some a, some b =>
        if sameMeaning w a b then compareAll w ns (i + 1) (compareAll w (meaningOf w a) 0 c)
        else { c with changed := some n }
      | _, _ => { c with changed := some n }

/-- An expression as a reader of the challenge sees it. -/
def shown (env : Environment) (e : Expr) : IO String := do
  let text ← (MessageData.withContext { env := env, mctx := {}, lctx := {}, opts := {} }
    (MessageData.ofExpr e)).toString
  return trimmed text

def userName (n : Name) : String :=
  match privateToUserName? n with
  | some m => nameText m
  | none => nameText n

/-- What the rung `statement` finds wrong with constant `b` as an answer to target `t`. -/
def misstated? (w : Worlds) (t : Target) (b : ConstantInfo) : IO (Option String) := do
  let kindOk := match t.isAnswer, b with
    | false, .thmInfo _ => true
    | true, .defnInfo v => match v.safety with
      | .safe => true
      | _ => false
    | _, _ => false
  if w.base.contains b.name || !kindOk then
    return some ("the solution's `" ++ nameText t.label ++ "` is no " ++ if t.isAnswer then "definition" else "theorem")
  if !(sameType t.info b) then do
    let a ← shown w.ours t.info.type
    let b ← shown w.theirs b.type
    if a == b then
      return some ("the solution states `" ++ b ++ "` too, but there a notation, an instance or a name means something else")
    return some ("the challenge states `" ++ a ++ "`, the solution `" ++ b ++ "`")
  match (compareAll w t.info.type.getUsedConstants 0 {}).changed with
  | some n => return some ("the solution changes `" ++ userName n ++ "`, which the statement mentions")
  | none => match t.isAnswer, b with
    | true, .defnInfo v =>
      let decided := v.value.isConstOf ``True || v.value.isConstOf ``False
      if v.type == Expr.sort .zero && !decided then
        return some "a proposition as an answer must be `True` or `False`"
      return none
    | _, _ => return none

/-- A target's verdict, and where the reason for a refusal stands. -/
structure Row where
  label : Name
  isAnswer : Bool := false
  pos : Option Position
  verdict : Verification := {}
  refusedAt : Option Position := none
  value : Option String := none

def namesIt (p : Piece) (label : Name) : Bool := member p.names label 0

/-- The piece that declares `label`: the first without a fault, else the first. -/
partial def pieceOf? (ps : Array Piece) (label : Name) (i : Nat) (first : Option Piece) : Option Piece :=
  match ps[i]? with
  | none => first
  | some p =>
    if !(namesIt p label) then pieceOf? ps label (i + 1) first
    else if p.fault.isNone then some p
    else pieceOf? ps label (i + 1) (if first.isSome then first else some p)

/-- How many rungs to climb: `elaborate` ends after `statement`, `axioms` after `axioms`. -/
inductive Level where
  | elaborate
  | axioms
  | kernel

/-- The level `elaborate` has no rung for axioms, and none of it lets a hole pass. -/
def verifyWhole (s : Server) (w : Worlds) (b : ConstantInfo) (v : Verification) : IO Verification := do
  let c ← closureOf s w.base w.theirs b.name
  if member c.axioms ``sorryAx 0 then
    return refuse (pass {} "syntax") "elaborates" "a `sorry` is left in it, or in what it uses"
  return v

def judgeConstant (s : Server) (w : Worlds) (level : Level) (t : Target) (b : ConstantInfo) (row : Row) :
    IO Row := do
  let wrong ← misstated? w t b
  match wrong with
  | some why => return { row with verdict := refuse row.verdict "statement" why }
  | none => do
    let v := pass row.verdict "statement"
    let v ← match level with
      | .elaborate => verifyWhole s w b v
      | .axioms => verifyAxioms s w.base w.theirs b.name v
      | .kernel => verifyConstant s w.base w.theirs b.name v
    match t.isAnswer, b with
    | true, .defnInfo d => do
      let text ← shown w.ours d.value
      return { row with verdict := v, value := some text }
    | _, _ => return { row with verdict := v }

def judgeTarget (s : Server) (w : Worlds) (level : Level) (pieces : Array Piece) (t : Target) : IO Row := do
  let piece? := pieceOf? pieces t.label 0 none
  let pos := match piece? with
    | some p => some p.pos
    | none => none
  let row : Row := { label := t.label, isAnswer := t.isAnswer, pos := pos, refusedAt := pos }
  match piece? with
  | some { fault := some f, .. } =>
    let v := if f.rung == "elaborates" then pass row.verdict "syntax" else row.verdict
    return { row with verdict := refuse v f.rung f.text, refusedAt := some f.pos }
  | _ => match newConstant? w.base w.theirs t.label with
    | none => return { row with verdict := refuse {} "syntax" "the solution does not declare it" }
    | some b => judgeConstant s w level t b { row with verdict := pass (pass {} "syntax") "elaborates" }

partial def judgeTargets (s : Server) (w : Worlds) (level : Level) (pieces : Array Piece) (i : Nat)
    (acc : Array Row) : IO (Array Row) := do
  match w.targets[i]? with
  | none => return acc
  | some t => do
    let row ← judgeTarget s w level pieces t
    judgeTargets s w level pieces (i + 1) (acc.push row)

/-- Every theorem that a file states, as if it were its own challenge. -/
partial def ownTargets (r : Reading) (i : Nat) (acc : Array Target) : Array Target :=
  match r.pieces[i]? with
  | none => acc
  | some p => ownTargets r (i + 1) (each p 0 acc)
where
  each (p : Piece) (i : Nat) (acc : Array Target) : Array Target :=
    match p.names[i]? with
    | none => acc
    | some label => match newConstant? r.base.env r.final.env label with
      | some (.thmInfo v) => each p (i + 1) (acc.push ⟨label, .thmInfo v, false, p.pos⟩)
      | some _ => each p (i + 1) acc
      | none =>
        if p.isTheorem then
          let unknown : ConstantInfo := .axiomInfo { name := label, levelParams := [], type := .sort .zero, isUnsafe := false }
          each p (i + 1) (acc.push ⟨label, unknown, false, p.pos⟩)
        else each p (i + 1) acc

def faultJson (f : Fault) (names : Array Name) : Json :=
  object #[("rung", Json.str f.rung), ("detail", Json.str f.text), ("pos", position f.pos),
    ("names", Json.arr (namesJson names 0 #[]))]

partial def faultsJson (ps : Array Piece) (i : Nat) (acc : Array Json) : Array Json :=
  match ps[i]? with
  | none => acc
  | some p => match p.fault with
    | some f => faultsJson ps (i + 1) (acc.push (faultJson f p.names))
    | none => faultsJson ps (i + 1) acc

def rowJson (r : Row) : Json :=
  let fields : Fields := #[("name", Json.str (nameText r.label)), ("answer", Json.bool r.isAnswer),
    ("rungs", Json.arr r.verdict.rungs), ("axioms", Json.arr r.verdict.axioms)]
  let fields := match r.pos with
    | some p => fields.push ("pos", position p)
    | none => fields
  let fields := match r.refusedAt with
    | some p => fields.push ("refusedAt", position p)
    | none => fields
  object (match r.value with
    | some v => fields.push ("value", Json.str v)
    | none => fields)

partial def rowsJson (rs : Array Row) (i : Nat) (acc : Array Json) : Array Json :=
  match rs[i]? with
  | some r => rowsJson rs (i + 1) (acc.push (rowJson r))
  | none => acc

def fileFields (rows : Array Row) (faults : Array Json) : Fields :=
  #[("theorems", Json.arr (rowsJson rows 0 #[])), ("faults", Json.arr faults)]

/-- The reply where the challenge itself is not to be used. -/
def badChallenge (f : Fault) : Fields := #[("badChallenge", faultJson f #[])]

partial def firstFault? (ps : Array Piece) (i : Nat) : Option Fault :=
  match ps[i]? with
  | none => none
  | some p => match p.fault with
    | some f => some f
    | none => firstFault? ps (i + 1)

partial def unnamedExample? (ps : Array Piece) (i : Nat) : Option Position :=
  match ps[i]? with
  | none => none
  | some p => match firstBad? openExample? p.stx with
    | some _ => some p.pos
    | none => unnamedExample? ps (i + 1)
where
  openExample? (stx : Syntax) : Option String :=
    if stx.getKind == `Lean.Parser.Command.example && mentionsSorry stx then some "open" else none

/-- Why a challenge cannot be judged against, though it elaborates. -/
def unusable? (r : Reading) (ts : Array Target) : Option Fault :=
  let top : Position := ⟨1, 0⟩
  match unnamedExample? r.pieces 0, unnamedHole? ts (newConstants r.final.env.constants.map₂.root #[]) 0 with
  | some pos, _ => some { rung := "syntax", text := "an `example` has no name that a solution could prove", pos := pos }
  | none, some n =>
    some { rung := "syntax", pos := top
           text := "the challenge leaves `" ++ userName n ++ "` open, which it does not name" }
  | none, none =>
    if ts.size == 0 then some { rung := "syntax", text := "the challenge leaves nothing to prove: no `sorry`", pos := top }
    else none

def verifyAgainst (s : Server) (level : Level) (solution : String) (ours : Reading) : IO Fields := do
  let targets ← allTargets s ours 0 #[]
  match firstFault? ours.pieces 0, unusable? ours targets with
  | some f, _ => return badChallenge f
  | none, some f => return badChallenge f
  | none, none => do
    let read ← readSolution s solution ours
    let w : Worlds := { base := ours.base.env, ours := ours.final.env, theirs := ours.base.env, targets := targets }
    match read with
    | .error f => do
      let rows ← judgeTargets s w level #[] 0 #[]
      return fileFields rows #[faultJson f #[]]
    | .ok theirs => do
      let rows ← judgeTargets s { w with theirs := theirs.final.env } level theirs.pieces 0 #[]
      return fileFields rows (faultsJson theirs.pieces 0 #[])

/-- Judge the file `solution`: against `challenge`, or where there is none, each theorem as the file states it. -/
def verifyFile (s : Server) (level : Level) (challenge : Option String) (solution : String) : IO Fields := do
  let read ← match challenge with
    | some text => readTrusted s text false
    | none => readTrusted s solution true
  match read, challenge with
  | .error f, _ => return badChallenge f
  | .ok ours, some _ => verifyAgainst s level solution ours
  | .ok r, none => do
    let w : Worlds := { base := r.base.env, ours := r.final.env, theirs := r.final.env, targets := ownTargets r 0 #[] }
    let rows ← judgeTargets s w level r.pieces 0 #[]
    return fileFields rows (faultsJson r.pieces 0 #[])

end Prover.Repl
