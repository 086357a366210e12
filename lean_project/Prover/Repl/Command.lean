module

public import Prover.Repl.Tactic

/-! Commands: headers imported once in a process, then one command after another, on the calling thread. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- Compiled code of our own modules, kept beside their `.olean` because that one holds none. -/
unsafe def loadCodeUnsafe (file : System.FilePath) : IO (Array IR.Decl) := do
  let (data, _) ← readModuleData file
  let decls : List IR.Decl := unsafeCast data
  return collect decls #[]
where
  collect (ds : List IR.Decl) (acc : Array IR.Decl) : Array IR.Decl :=
    match ds with
    | [] => acc
    | d :: rest => collect rest (acc.push d)

@[implemented_by loadCodeUnsafe]
opaque loadCode (file : System.FilePath) : IO (Array IR.Decl)

def addCode (env : Environment) (decls : Array IR.Decl) : IO Environment := do
  let coreRef ← IO.mkRef ({ env := env } : Core.State)
  let result ← (IR.addDecls decls { fileName := "", fileMap := default } coreRef).toBaseIO
  match result with
  | .ok _ => return (← coreRef.get).env
  | .error e => fail (← exceptionText e)

def ownModule (n : Name) : Bool :=
  match n with
  | .str .anonymous s => s == "Prover"
  | .str p _ => ownModule p
  | _ => false

/-- `env` with the compiled code of those of its modules that come with a code file. -/
partial def withCode (modules : Array Name) (i : Nat) (env : Environment) : IO Environment := do
  match modules[i]? with
  | none => return env
  | some m =>
    if ownModule m then do
      let olean ← findOLean m
      let file := olean.withExtension "code"
      let there ← file.pathExists
      if there then do
        let decls ← loadCode file
        let env ← addCode env decls
        withCode modules (i + 1) env
      else withCode modules (i + 1) env
    else withCode modules (i + 1) env

partial def importKey (imports : Array Import) (i : Nat) (acc : String) : String :=
  match imports[i]? with
  | some m => importKey imports (i + 1) (acc ++ nameText m.module ++ (if m.isMeta then "!" else "") ++ "\n")
  | none => acc

partial def cached? (entries : List (String × Environment)) (key : String) : Option Environment :=
  match entries with
  | [] => none
  | (k, e) :: rest => if k == key then some e else cached? rest key

/-- The environment of a parsed header: imported the first time, remembered after. -/
def headerEnv (s : Server) (header : HeaderSyntax) (log : MessageLog) (ictx : Parser.InputContext) :
    IO (Environment × MessageLog) := do
  let key := importKey (headerToImports header) 0 ""
  let st ← s.state.get
  match cached? st.imported key with
  | some env => return (env, log)
  | none => do
    let (env, log) ← processHeader header {} log ictx 1024 #[] true
    if log.hasErrors then return (env, log)
    let env ← withCode env.header.moduleNames 0 env
    let st ← s.state.get
    s.state.set { st with imported := (key, env) :: st.imported }
    return (env, log)

def inputContext (text : String) : Parser.InputContext :=
  { inputString := text, fileName := "<input>", fileMap := FileMap.ofString text
    endPos := text.rawEndPos, endPos_valid := by simp }

/-- Elaborate the commands from `pos` on. Stops after `#exit` and at the end of the text. -/
partial def runCommands (ictx : Parser.InputContext) (cancel : IO.CancelToken)
    (ps : Parser.ModuleParserState) (ref : IO.Ref Command.State) : IO Unit := do
  let st ← ref.get
  let pmctx : Parser.ParserModuleContext := match st.scopes with
    | scope :: _ => {
        env := st.env, options := scope.opts, currNamespace := scope.currNamespace
        openDecls := scope.openDecls }
    | [] => { env := st.env, options := {} }
  let (stx, ps', log) := Parser.parseCommand ictx pmctx ps st.messages
  ref.set { st with messages := log }
  if stx.getKind == ``Lean.Parser.Command.eoi then return
  elaborate ictx cancel ps.pos stx ref
  if Parser.isTerminalCommand stx then return
  runCommands ictx cancel ps' ref
where
  elaborate (ictx : Parser.InputContext) (cancel : IO.CancelToken) (pos : String.Pos.Raw) (stx : Syntax)
      (ref : IO.Ref Command.State) : IO Unit := do
    let ctx : Command.Context := {
      fileName := ictx.fileName, fileMap := ictx.fileMap, cmdPos := pos, snap? := none
      cancelTk? := some cancel }
    let result ← (Command.elabCommandTopLevel stx ctx ref).toBaseIO
    match result with
    | .ok _ => return
    | .error e => fail (← exceptionText e)

/-- What a command request gave: the state before its body, the state after, and its start. -/
structure Elaborated where
  before : Command.State
  after : Command.State

def fresh (st : Command.State) (infoTrees : Bool) : Command.State :=
  { st with messages := {}, infoState := { enabled := infoTrees }, traceState := {}, snapshotTasks := #[] }

/-- Elaborate `text`, on `base` where given, else from its own header. -/
def elaborateText (s : Server) (base : Option EnvState) (text : String) (infoTrees : Bool) : IO Elaborated := do
  let ictx := inputContext text
  match base with
  | some st => do
    let st := fresh st infoTrees
    let ref ← IO.mkRef st
    runCommands ictx s.cancel {} ref
    return { before := st, after := ← ref.get }
  | none => do
    let (header, ps, log) ← Parser.parseHeader ictx
    let (env, log) ← headerEnv s ⟨header.raw⟩ log ictx
    let st := { fresh (Command.mkState env {} {}) infoTrees with messages := log }
    let ref ← IO.mkRef st
    runCommands ictx s.cancel ps ref
    return { before := st, after := ← ref.get }

partial def usedConstants (goals : List MVarId) (mctx : MetavarContext) (acc : NameSet) : NameSet :=
  match goals with
  | [] => acc
  | g :: rest => match mctx.getExprAssignmentCore? g with
    | none => usedConstants rest mctx acc
    | some e =>
      let acc := addNames e.getUsedConstants 0 acc
      let inner := (e.collectMVars {}).result
      usedConstants rest mctx (usedConstants (idList inner 0) mctx acc)
where
  addNames (ns : Array Name) (i : Nat) (acc : NameSet) : NameSet :=
    match ns[i]? with
    | some n => addNames ns (i + 1) (acc.insert n)
    | none => acc
  idList (ms : Array MVarId) (i : Nat) : List MVarId :=
    match ms[i]? with
    | some m => m :: idList ms (i + 1)
    | none => []

partial def nameArray (t : NameSet) : Array Json :=
  t.foldl (fun acc n => acc.push (Json.str (nameText n))) #[]

partial def tacticReplies (s : Server) (ts : Array Invocation) (i : Nat) (acc : Array Json) : IO (Array Json) := do
  match ts[i]? with
  | none => return acc
  | some t => do
    let id ← addProofState s t.hole.state
    let (f, _) ← t.hole.state.runMeta (PrettyPrinter.ppTactic ⟨t.stx⟩)
    let texts ← goalTexts t.hole.state t.hole.state.goals #[]
    let used := usedConstants t.info.goalsBefore t.info.mctxAfter {}
    let goals := Json.str (trimmed (joinLines texts 0 ""))
    tacticReplies s ts (i + 1) (acc.push (object #[
      ("tactic", Json.str f.pretty), ("proofState", nat id), ("goals", goals),
      ("pos", position t.hole.start), ("endPos", position t.hole.stop),
      ("usedConstants", Json.arr (nameArray used))]))

/-- The reply to a command: messages, `sorry`s, and what else was asked for; then the new environment. -/
def commandReply (s : Server) (e : Elaborated) (rootGoals allTactics : Bool) : IO Fields := do
  let ms ← messages e.after.messages.toList #[]
  let wanted : Wanted := { before := e.before.env, sorries := true, rootGoals := rootGoals, tactics := allTactics }
  let found ← visitAll wanted none [] false (trees e.after.infoState.trees) 0 {}
  let sorries ← holes s found.tacticSorries 0 true #[]
  let sorries ← holes s found.termSorries 0 true sorries
  let sorries ← holes s found.roots 0 true sorries
  let tactics ← tacticReplies s found.tactics 0 #[]
  let env ← addEnv s (fresh e.after false)
  let fields : Fields := #[("env", nat env)]
  return addNonempty (addNonempty (addNonempty fields "messages" ms) "sorries" sorries) "tactics" tactics

def runCommand (s : Server) (base : Option EnvState) (text : String) (rootGoals allTactics : Bool) :
    IO Fields := do
  let e ← elaborateText s base text true
  commandReply s e rootGoals allTactics

end Prover.Repl
