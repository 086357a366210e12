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

/-- How module `m` is imported: as `import`, `public import`, `meta import` or `import all`. -/
def importMark (m : Import) : String :=
  (if m.importAll then "a" else "") ++ (if m.isExported then "x" else "") ++ (if m.isMeta then "m " else " ")

partial def importKey (imports : Array Import) (i : Nat) (acc : String) : String :=
  match imports[i]? with
  | some m => importKey imports (i + 1) (acc ++ importMark m ++ nameText m.module ++ "\n")
  | none => acc

partial def cached? (entries : List (String × Environment)) (key : String) : Option Environment :=
  match entries with
  | [] => none
  | (k, e) :: rest => if k == key then some e else cached? rest key

/-- Imported modules are taken as they are: they were checked when they were made. -/
def trustLevel : UInt32 := 1024

def remember (s : Server) (key : String) (env : Environment) : IO Environment := do
  let env ← withCode env.header.moduleNames 0 env
  let st ← s.state.get
  s.state.set { st with imported := (key, env) :: st.imported }
  return env

/-- The environment of these imports, which are all of a file's that does not begin with `module`. (The
embedded Lean's `processHeader` takes each file for a module, whose declarations are private.) -/
def importPlain (imports : Array Import) : IO Environment :=
  importModules imports {} trustLevel #[] (leakEnv := true) (loadExts := true)

def importOrReport (imports : Array Import) (log : MessageLog) (ictx : Parser.InputContext) :
    IO (Environment × MessageLog) := do
  let result ← (importPlain imports).toBaseIO
  match result with
  | .ok env => return (env, log)
  | .error e => do
    let env ← mkEmptyEnvironment
    let m : Message := { fileName := ictx.fileName, pos := ictx.fileMap.toPosition 0, data := toString e }
    return (env, log.add m)

/-- The environment of a parsed header: imported the first time, remembered after. -/
def headerEnv (s : Server) (header : HeaderSyntax) (log : MessageLog) (ictx : Parser.InputContext) :
    IO (Environment × MessageLog) := do
  let key := importKey (headerToImports header) 0 (if header.isModule then "module\n" else "")
  let st ← s.state.get
  match cached? st.imported key with
  | some env => return (env, log)
  | none => do
    let (env, log) ← if header.isModule then processHeader header {} log ictx trustLevel #[] true
      else importOrReport (headerToImports header) log ictx
    if log.hasErrors then return (env, log)
    let env ← remember s key env
    return (env, log)

/-- The environment of these imports alone. -/
def importedEnv (s : Server) (imports : Array Import) : IO Environment := do
  let key := importKey imports 0 ""
  let st ← s.state.get
  match cached? st.imported key with
  | some env => return env
  | none => do
    let env ← importPlain imports
    remember s key env

def inputContext (text : String) : Parser.InputContext :=
  { inputString := text, fileName := "<input>", fileMap := FileMap.ofString text
    endPos := text.rawEndPos, endPos_valid := by simp }

/-- What elaborating commands gave: the state before them, the state after with the messages of all of
them, and the info trees of all of them. -/
structure Elaborated where
  before : Command.State
  after : Command.State
  trees : Array CommandTree := #[]

def fresh (st : Command.State) (infoTrees : Bool) : Command.State :=
  { st with messages := {}, infoState := { enabled := infoTrees }, traceState := {}, snapshotTasks := #[] }

def elaborateCommand (ictx : Parser.InputContext) (cancel : IO.CancelToken) (pos : String.Pos.Raw) (stx : Syntax)
    (ref : IO.Ref Command.State) : IO Unit := do
  let ctx : Command.Context := {
    fileName := ictx.fileName, fileMap := ictx.fileMap, cmdPos := pos, snap? := none, cancelTk? := some cancel }
  let result ← (Command.elabCommandTopLevel stx ctx ref).toBaseIO
  match result with
  | .ok _ => return
  | .error e => fail (← exceptionText e)

/-- Elaborate the commands from `ps` on. Stops after `#exit` and at the end of the text. `log` and `ts`
are of the commands before: a command starts with none, and leaves its own. -/
partial def runCommands (ictx : Parser.InputContext) (cancel : IO.CancelToken) (ps : Parser.ModuleParserState)
    (before st : Command.State) (log : MessageLog) (ts : Array CommandTree) : IO Elaborated := do
  let pmctx : Parser.ParserModuleContext := match st.scopes with
    | scope :: _ => {
        env := st.env, options := scope.opts, currNamespace := scope.currNamespace
        openDecls := scope.openDecls }
    | [] => { env := st.env, options := {} }
  let (stx, ps', parseLog) := Parser.parseCommand ictx pmctx ps {}
  let log := MessageLog.append log parseLog
  if stx.getKind == ``Lean.Parser.Command.eoi then
    return { before := before, after := { st with messages := log }, trees := ts }
  let ref ← IO.mkRef (fresh st before.infoState.enabled)
  elaborateCommand ictx cancel ps.pos stx ref
  let env := st.env
  let st ← ref.get
  let log := MessageLog.append log st.messages
  let ts := pushFinished env st.infoState ts
  if Parser.isTerminalCommand stx then
    return { before := before, after := { st with messages := log }, trees := ts }
  runCommands ictx cancel ps' before st log ts

/-- Elaborate `text`, on `base` where given, else from its own header. -/
def elaborateText (s : Server) (base : Option EnvState) (text : String) (infoTrees : Bool) : IO Elaborated := do
  let ictx := inputContext text
  match base with
  | some st => do
    let st := fresh st infoTrees
    runCommands ictx s.cancel {} st st {} #[]
  | none => do
    let (header, ps, log) ← Parser.parseHeader ictx
    let (env, log) ← headerEnv s ⟨header.raw⟩ log ictx
    let st := fresh (Command.mkState env {} {}) infoTrees
    runCommands ictx s.cancel ps st st log #[]

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
    let goals := Json.str (if texts.size == 0 then "no goals" else trimmed (joinLines texts 0 ""))
    tacticReplies s ts (i + 1) (acc.push (object #[
      ("tactic", Json.str f.pretty), ("proofState", nat id), ("goals", goals),
      ("pos", position t.hole.start), ("endPos", position t.hole.stop),
      ("usedConstants", Json.arr (nameArray used))]))

/-- The reply to a command: messages, `sorry`s, and what else was asked for; then the new environment. -/
def commandReply (s : Server) (e : Elaborated) (rootGoals allTactics : Bool) : IO Fields := do
  let ms ← messages e.after.messages.toList #[]
  let wanted : Wanted := { before := e.before.env, sorries := true, rootGoals := rootGoals, tactics := allTactics }
  let found ← find wanted none e.trees 0 {}
  let sorries ← holes s found.sorries 0 true #[]
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
