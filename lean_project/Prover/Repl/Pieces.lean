module

public import Prover.Repl.Allowed
public import Prover.Repl.Closure
public import Prover.Repl.Pickle

/-! A file read command by command: what each declares, and why one was refused or failed. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- Why a command does not count: the rung that refuses it, the reason, and where it stands. -/
structure Fault where
  rung : String
  text : String
  pos : Position

/-- One command of a file. `names` are those that it declares, as a user writes them, in full. -/
structure Piece where
  stx : Syntax
  pos : Position
  names : Array Name := #[]
  isTheorem : Bool := false
  after : EnvState
  fault : Option Fault := none

structure Reading where
  base : EnvState
  final : EnvState
  pieces : Array Piece := #[]

/-- How a file is read: a stranger's strictly. -/
structure Manner where
  server : Server
  ictx : Parser.InputContext
  strict : Bool

def positionOf (ictx : Parser.InputContext) (stx : Syntax) (fallback : String.Pos.Raw) : Position :=
  match stx.getPos? with
  | some p => ictx.fileMap.toPosition p
  | none => ictx.fileMap.toPosition fallback

/-- The names that stand in `declId`s of a command: what it declares by name. -/
partial def declaredIds (stx : Syntax) (acc : Array Name) : Array Name :=
  match stx with
  | .node _ kind args =>
    if kind == `Lean.Parser.Command.declId then acc.push (stx.getArg 0).getId else each args 0 acc
  | _ => acc
where
  each (args : Array Syntax) (i : Nat) (acc : Array Name) : Array Name :=
    match args[i]? with
    | some a => each args (i + 1) (declaredIds a acc)
    | none => acc

def rootName? (n : Name) : Option Name :=
  match n with
  | .str .anonymous "_root_" => some .anonymous
  | .str p s => match rootName? p with
    | some p => some (.str p s)
    | none => none
  | _ => none

partial def inNamespace (st : EnvState) (ids : Array Name) (i : Nat) (acc : Array Name) : Array Name :=
  match ids[i]? with
  | none => acc
  | some id =>
    let name := match rootName? id, st.scopes with
      | some n, _ => n
      | none, scope :: _ => scope.currNamespace ++ id
      | none, [] => id
    inNamespace st ids (i + 1) (acc.push name)

partial def statesTheorem (stx : Syntax) : Bool :=
  match stx with
  | .node _ kind args => kind == ``Lean.Parser.Command.theorem || kind == `lemma || any args 0
  | _ => false
where
  any (args : Array Syntax) (i : Nat) : Bool :=
    match args[i]? with
    | some a => statesTheorem a || any args (i + 1)
    | none => false

/-- The embedded library comes without code: a definition that uses it cannot be compiled. The kernel has it
all the same, and nothing that is judged here is run. -/
def isOfCodeGenerator (text : String) : Bool := text.startsWith "failed to compile definition, "

partial def firstFaultOf? (rung : String) (believed : String → Bool) (ms : List Message) : IO (Option Fault) := do
  match ms with
  | [] => return none
  | m :: rest => match m.severity with
    | .error => do
      let text ← m.data.toString
      if believed text then firstFaultOf? rung believed rest
      else return some { rung := rung, text := trimmed text, pos := m.pos }
    | _ => firstFaultOf? rung believed rest

def faultOf (rung : String) (log : MessageLog) : IO (Option Fault) :=
  firstFaultOf? rung (fun _ => false) log.toList

def usesSorry (info : ConstantInfo) : Bool :=
  match info.value? (allowOpaque := true) with
  | some v => member v.getUsedConstants ``sorryAx 0
  | none => false

/-- Whether a constant that is in `env` and not in `before` holds a `sorry`. -/
partial def addsSorry (before env : Environment) : Bool := any (newConstants env.constants.map₂.root #[]) 0
where
  any (cs : Array ConstantInfo) (i : Nat) : Bool :=
    match cs[i]? with
    | none => false
    | some c => (usesSorry c && !(before.contains c.name)) || any cs (i + 1)

def scopeOf (st : EnvState) : Parser.ParserModuleContext :=
  match st.scopes with
  | scope :: _ => {
      env := st.env, options := scope.opts, currNamespace := scope.currNamespace, openDecls := scope.openDecls }
  | [] => { env := st.env, options := {} }

/-- What is wrong with a command that was elaborated. The code generator's errors are passed over, but a
stranger's only where they leave no hole: a tactic can say the same words and prove nothing. -/
def elaborationFault? (strict : Bool) (before after : EnvState) : IO (Option Fault) := do
  let fault ← faultOf "elaborates" after.messages
  if fault.isNone then return none
  if strict && addsSorry before.env after.env then return fault
  firstFaultOf? "elaborates" isOfCodeGenerator after.messages.toList

/-- Elaborate one command on `st`. What failed adds nothing: nobody after it may use what it did not prove. -/
def elaboratePiece (m : Manner) (st : EnvState) (piece : Piece) (start : String.Pos.Raw) : IO Piece := do
  let ref ← IO.mkRef (fresh st false)
  elaborateCommand m.ictx m.server.cancel start piece.stx ref
  let after ← ref.get
  let fault ← elaborationFault? m.strict st after
  match fault with
  | some f => return { piece with after := st, fault := some f }
  | none => return { piece with after := { after with messages := {} } }

/-- A parsed command: refused, or elaborated. -/
def readPiece (m : Manner) (st : EnvState) (piece : Piece) (start : String.Pos.Raw) : IO Piece := do
  match if m.strict then refusal? piece.stx else none with
  | some (why, node) =>
    let fault : Fault := { rung := "syntax", text := why, pos := positionOf m.ictx node start }
    return { piece with fault := some fault }
  | none => elaboratePiece m st piece start

def earlier (a b : Position) : Bool := a.line < b.line || (a.line == b.line && a.column < b.column)

/-- What the parser could not read, if it stands before `piece` and was skipped: then `piece` itself is whole. -/
def skipped? (piece : Piece) (unread : Option Fault) : Option Piece :=
  match unread with
  | some f => if earlier f.pos piece.pos && !(piece.stx.hasMissing) then
      some { piece with names := #[], isTheorem := false, pos := f.pos, fault := some f }
    else none
  | none => none

/-- Whether a command of the challenge declares something that it leaves open. -/
def leavesOpen (p : Piece) : Bool := p.names.size != 0 && mentionsSorry p.stx

/-- Read the commands from `ps` on. As long as they are those of `shared` (the challenge), one by one, and leave
nothing open, they are taken from there whatever they are: what the challenge runs, it runs on nothing of the
stranger's. -/
partial def readPieces (m : Manner) (shared : Array Piece) (following : Bool) (ps : Parser.ModuleParserState)
    (st : EnvState) (acc : Array Piece) : IO (EnvState × Array Piece) := do
  let (stx, ps', log) := Parser.parseCommand m.ictx (scopeOf st) ps {}
  let unread ← faultOf "syntax" log
  let piece : Piece := {
    stx := stx, pos := positionOf m.ictx stx ps.pos, after := st, fault := unread
    names := inNamespace st (declaredIds stx #[]) 0 #[], isTheorem := statesTheorem stx }
  if stx.getKind == ``Lean.Parser.Command.eoi then
    return (st, if unread.isSome then acc.push piece else acc)
  match if following && unread.isNone then shared[acc.size]? else none with
  | some ours =>
    if stx.structEq ours.stx && !(leavesOpen ours) then
      goOn { ours with pos := piece.pos } true ps' acc
    else
      let piece ← readPiece m st piece ps.pos
      goOn piece false ps' acc
  | none =>
    match unread, skipped? piece unread with
    | some _, none => goOn piece false ps' acc
    | _, junk =>
      let piece ← readPiece m st { piece with fault := none } ps.pos
      goOn piece false ps' (match junk with
        | some p => acc.push p
        | none => acc)
where
  goOn (piece : Piece) (following : Bool) (ps : Parser.ModuleParserState) (acc : Array Piece) :
      IO (EnvState × Array Piece) := do
    if Parser.isTerminalCommand piece.stx then return (piece.after, acc.push piece)
    readPieces m shared following ps piece.after (acc.push piece)

/-- Why the header of a solution does not do: what it imports beyond the challenge. -/
partial def foreignImport? (imports allowed : Array Import) (i : Nat) : Option Name :=
  match imports[i]? with
  | none => none
  | some m => if there allowed m.module 0 then foreignImport? imports allowed (i + 1) else some m.module
where
  there (allowed : Array Import) (n : Name) (i : Nat) : Bool :=
    match allowed[i]? with
    | none => false
    | some m => m.module == n || there allowed n (i + 1)

/-- A trusted file, from its own header; or Lean's message where that cannot be imported. -/
def readTrusted (s : Server) (text : String) (strict : Bool) : IO (Except Fault Reading) := do
  let ictx := inputContext text
  let (header, ps, log) ← Parser.parseHeader ictx
  let (env, log) ← headerEnv s ⟨header.raw⟩ log ictx
  let fault ← faultOf "imports" log
  match fault with
  | some f => return .error f
  | none => do
    let st := fresh (Command.mkState env {} {}) false
    let (final, pieces) ← readPieces { server := s, ictx := ictx, strict := strict } #[] false ps st #[]
    return .ok { base := st, final := final, pieces := pieces }

/-- A stranger's file, on the imports of the challenge. -/
def readSolution (s : Server) (text : String) (challenge : Reading) : IO (Except Fault Reading) := do
  let ictx := inputContext text
  let (header, ps, log) ← Parser.parseHeader ictx
  let fault ← faultOf "syntax" log
  let allowed := challenge.base.env.header.imports
  match fault, foreignImport? (headerToImports ⟨header.raw⟩) allowed 0 with
  | some f, _ => return .error f
  | none, some n =>
    return .error {
      rung := "syntax", pos := positionOf ictx header.raw 0
      text := "the solution imports " ++ nameText n ++ ", which the challenge does not" }
  | none, none => do
    let st := challenge.base
    let m : Manner := { server := s, ictx := ictx, strict := true }
    let (final, pieces) ← readPieces m challenge.pieces true ps st #[]
    return .ok { base := st, final := final, pieces := pieces }

end Prover.Repl
