import Lean

/-! Writes the theorems of Lean's library as texts that elaborate again to the same type.

The code is plain on purpose (recursion instead of loops, layers applied by hand): it is interpreted over a
library that comes without private data, where specialised helpers cannot be found. -/

open Lean Elab Meta

namespace Library

/-! ## A base to elaborate on: the header of the statements, in an environment of its own -/

partial def nameText : Name → String
  | .anonymous => ""
  | .str .anonymous s => s
  | .str p s => nameText p ++ "." ++ s
  | .num p n => nameText p ++ "." ++ Nat.repr n

def fail {α : Type} (text : String) : IO α := throw (IO.userError text)

def exceptionText (e : Exception) : IO String := e.toMessageData.toString

/-- The compiled code of one of the project's modules, kept beside its `.olean`. -/
unsafe def loadCode (file : System.FilePath) : IO (Array IR.Decl) := do
  let (data, _) ← readModuleData file
  let decls : List IR.Decl := unsafeCast data
  return collect decls #[]
where
  collect (ds : List IR.Decl) (acc : Array IR.Decl) : Array IR.Decl :=
    match ds with
    | [] => acc
    | d :: rest => collect rest (acc.push d)

def addCode (env : Environment) (decls : Array IR.Decl) : IO Environment := do
  let coreRef ← IO.mkRef ({ env := env } : Core.State)
  let result ← (IR.addDecls decls { fileName := "", fileMap := default } coreRef).toBaseIO
  match result with
  | .ok _ => do
    let core ← coreRef.get
    return core.env
  | .error e => do
    let text ← exceptionText e
    fail text

unsafe def withCode (modules : Array Name) (i : Nat) (env : Environment) : IO Environment := do
  match modules[i]? with
  | none => return env
  | some m =>
    if m.getRoot == `Prover then do
      let olean ← findOLean m
      let file := olean.withExtension "code"
      let there ← file.pathExists
      if there then do
        let decls ← loadCode file
        let env ← addCode env decls
        withCode modules (i + 1) env
      else withCode modules (i + 1) env
    else withCode modules (i + 1) env

def inputContext (text : String) : Parser.InputContext :=
  { inputString := text, fileName := "<library>", fileMap := FileMap.ofString text
    endPos := text.rawEndPos, endPos_valid := by simp }

def fresh (st : Command.State) : Command.State :=
  { st with messages := {}, infoState := { enabled := false }, traceState := {}, snapshotTasks := #[] }

/-- The state after the commands of `ictx` from `ps` on, with the messages of all of them. -/
partial def runCommands (ictx : Parser.InputContext) (ps : Parser.ModuleParserState) (st : Command.State)
    (log : MessageLog) : IO Command.State := do
  let pmctx : Parser.ParserModuleContext := match st.scopes with
    | scope :: _ => {
        env := st.env, options := scope.opts, currNamespace := scope.currNamespace
        openDecls := scope.openDecls }
    | [] => { env := st.env, options := {} }
  let (stx, ps, parseLog) := Parser.parseCommand ictx pmctx ps {}
  let log := MessageLog.append log parseLog
  if stx.getKind == ``Lean.Parser.Command.eoi then return { st with messages := log }
  let ref ← IO.mkRef (fresh st)
  let ctx : Command.Context := {
    fileName := ictx.fileName, fileMap := ictx.fileMap, cmdPos := ps.pos, snap? := none, cancelTk? := none }
  let result ← (Command.elabCommandTopLevel stx ctx ref).toBaseIO
  match result with
  | .error e => do
    let text ← exceptionText e
    fail text
  | .ok _ => do
    let st ← ref.get
    runCommands ictx ps st (MessageLog.append log st.messages)

def elaborate (st : Command.State) (text : String) : IO Command.State :=
  runCommands (inputContext text) {} (fresh st) {}

partial def firstError (ms : List Message) : IO String := do
  match ms with
  | [] => return ""
  | m :: rest => match m.severity with
    | .error => m.data.toString
    | _ => firstError rest

/-- The state after `header`. -/
unsafe def start (header : String) : IO Command.State := do
  let ictx := inputContext header
  let (stx, ps, log) ← Parser.parseHeader ictx
  let env ← importModules (headerToImports ⟨stx.raw⟩) {} 1024 #[] true true
  let env ← withCode env.header.moduleNames 0 env
  let st ← runCommands ictx ps (Command.mkState env {} {}) log
  let why ← firstError st.messages.toList
  if why.isEmpty then return fresh st
  fail why

/-! ## Texts that read back -/

def coreContext (st : Command.State) (options : Options) : IO Core.Context := do
  let inherited ← inheritedTraceOptions.get
  let opens := match st.scopes with
    | scope :: _ => scope.openDecls
    | [] => []
  let heartbeats ← IO.getNumHeartbeats
  return { fileName := "<library>", fileMap := default, options := options, openDecls := opens
           initHeartbeats := heartbeats, maxHeartbeats := 200000000, inheritedTraceOptions := inherited }

def scopeOptions (st : Command.State) : Options :=
  match st.scopes with
  | scope :: _ => scope.opts
  | [] => {}

/-- Run `act` in the scope of `st`: its result and the environment that it leaves. -/
def runMeta {α : Type} (st : Command.State) (options : Options) (act : MetaM α) : IO (α × Environment) := do
  let context ← coreContext st options
  let coreRef ← IO.mkRef ({ env := st.env } : Core.State)
  let metaRef ← IO.mkRef ({} : Meta.State)
  let result ← (act {} metaRef context coreRef).toBaseIO
  match result with
  | .ok a => do
    let core ← coreRef.get
    return (a, core.env)
  | .error e => do
    let text ← exceptionText e
    fail text

/-- `n`, or `n` with a number, so that it is none of `used`. -/
partial def freshName (n : Name) (used : List Name) (i : Nat) : Name :=
  let candidate := if i == 0 then n else .str .anonymous (nameText n ++ Nat.repr i)
  if member used candidate then freshName n used (i + 1) else candidate
where
  member (ns : List Name) (n : Name) : Bool :=
    match ns with
    | [] => false
    | m :: rest => m == n || member rest n

/-- Bound names that cannot be typed are made typable, except where Lean prints the binder without a name. -/
partial def typable (e : Expr) (used : List Name) : Expr :=
  match e with
  | .forallE n t b i =>
    let silent := n.hasMacroScopes && (i.isInstImplicit || !b.hasLooseBVar 0)
    let n := if silent then n else pick n used
    .forallE n (typable t used) (typable b (n :: used)) i
  | .lam n t b i =>
    let n := pick n used
    .lam n (typable t used) (typable b (n :: used)) i
  | .letE n t v b d =>
    let n := pick n used
    .letE n (typable t used) (typable v used) (typable b (n :: used)) d
  | .app f a => .app (typable f used) (typable a used)
  | .mdata d b => .mdata d (typable b used)
  | .proj s i b => .proj s i (typable b used)
  | e => e
where
  pick (n : Name) (used : List Name) : Name :=
    if n.hasMacroScopes || n.isAnonymous then
      let plain := n.eraseMacroScopes
      let plain := match plain with
        | .str .anonymous s => if s == "" || s == "_" then `x else plain
        | _ => `x
      freshName plain used 0
    else n

/-- Ways to print, the most readable first. -/
def printings (base : Options) : List (String × Options) :=
  let base := ((base.setBool `pp.proofs true).setBool `pp.deepTerms true).setNat `pp.maxSteps 100000
  let full := base.setBool `pp.fullNames true
  let typed := ((full.setBool `pp.numericTypes true).setBool `pp.coercions.types true).setBool
    `pp.funBinderTypes true
  [("plain", base), ("full names", full), ("typed", typed), ("analysed", full.setBool `pp.analyze true)]

/-- The signature of an axiom of this name and type, as a declaration without its `:=`. -/
def printed (st : Command.State) (flat : Name) (params : List Name) (type : Expr) (options : Options) :
    IO String := do
  let act : MetaM String := do
    let f ← PrettyPrinter.ppSignature flat
    return f.fmt.pretty 110
  let declaration := Declaration.axiomDecl { name := flat, levelParams := params, type := type, isUnsafe := false }
  let (_, env) ← runMeta st options (addDecl declaration)
  let (text, _) ← runMeta { st with env := env } options act
  return "theorem " ++ text

/-- The text if it elaborates to this type, else why not. -/
def checked (st : Command.State) (flat : Name) (params : List Name) (type : Expr) (text : String) :
    IO (Option String) := do
  let e ← elaborate st (text ++ " := by sorry")
  if e.messages.hasErrors then do
    let why ← firstError e.messages.toList
    return some why
  match e.env.find? flat with
  | none => return some "it declares nothing"
  | some info =>
    if info.type == type && sameNames info.levelParams params then return none
    return some "another type"
where
  sameNames (a b : List Name) : Bool :=
    match a, b with
    | [], [] => true
    | x :: xs, y :: ys => x == y && sameNames xs ys
    | _, _ => false

/-- The first printing that reads back: its name and text; or the first failure. -/
def readable (st : Command.State) (flat : Name) (params : List Name) (type : Expr)
    (ways : List (String × Options)) (failure : String) : IO (Except String (String × String)) := do
  match ways with
  | [] => return .error failure
  | (way, options) :: rest => do
    let result ← (printed st flat params (typable type []) options).toBaseIO
    match result with
    | .error e => readable st flat params type rest (first failure (toString e))
    | .ok text => do
      let why ← checked st flat params type text
      match why with
      | none => return .ok (way, text)
      | some why => readable st flat params type rest (first failure (why ++ "\n" ++ text))
where
  first (a b : String) : String := if a.isEmpty then b else a

/-- The lines of `attribute [-…]` that Lean takes for this theorem: the attributes that it has. -/
def erasing (st : Command.State) (name : Name) (attributes : List String) (lines : Array Json) :
    IO (Array Json) := do
  match attributes with
  | [] => return lines
  | a :: rest => do
    let line := "attribute [-" ++ a ++ "] " ++ path
    let e ← elaborate st line
    if said e.messages.toList then erasing st name rest lines
    else erasing st name rest (lines.push (Json.str line))
where
  said (ms : List Message) : Bool :=
    match ms with
    | [] => false
    | _ => true
  /-- An open namespace may have a theorem of the same name. -/
  path : String :=
    match name with
    | .str .anonymous s => "_root_." ++ s
    | _ => nameText name

/-- What is found out about one theorem: its text and attributes, or why it is lost. -/
def found (st : Command.State) (name flat : Name) : IO (List (String × Json)) := do
  match st.env.find? name with
  | none => return [("lost", Json.str "unknown constant")]
  | some info => do
    let result ← readable st flat info.levelParams info.type (printings (scopeOptions st)) ""
    match result with
    | .error why => return [("lost", Json.str why)]
    | .ok (way, text) => do
      let lines ← erasing st name ["simp", "grind"] #[]
      return [("text", Json.str text), ("way", Json.str way), ("erase", Json.arr lines),
        ("hash", Json.str (toString info.type.hash))]

/-! ## The two commands: which theorems there are, and their texts -/

def field (j : Json) (key : String) : String :=
  match j.getObjVal? key with
  | .ok (.str s) => s
  | _ => ""

def toName (parts : List String) (acc : Name) : Name :=
  match parts with
  | [] => acc
  | p :: rest => toName rest (.str acc p)

/-- Whether it cannot be a theorem: those of the library are there as theorems, or as axioms for want of proofs. -/
def hasNoProof (info : ConstantInfo) : Bool :=
  match info with
  | .thmInfo _ => false
  | .axiomInfo _ => false
  | _ => true

def isTheorem (st : Command.State) (info : ConstantInfo) : IO Bool := do
  let act : MetaM Bool := do
    let sort ← inferType info.type
    let sort ← whnf sort
    return sort == .sort .zero
  let result ← (runMeta st {} act).toBaseIO
  match result with
  | .ok (b, _) => return b
  | .error _ => return false

partial def listNames (st : Command.State) (out : IO.FS.Handle) (module : Name) (ns : Array Name) (i : Nat) :
    IO Unit := do
  match ns[i]? with
  | none => return
  | some n => do
    match st.env.find? n with
    | none => pure ()
    | some info => do
      if hasNoProof info || n.isInternalDetail || isPrivateName n || isInstanceCore st.env n || Linter.isDeprecated st.env n then
        pure ()
      else do
        let yes ← isTheorem st info
        if yes then
          out.putStr ((Json.mkObj [("name", Json.str (nameText n)), ("module", Json.str (nameText module))]).compress ++ "\n")
    listNames st out module ns (i + 1)

partial def listModules (st : Command.State) (out : IO.FS.Handle) (i : Nat) : IO Unit := do
  match st.env.header.moduleNames[i]?, st.env.header.moduleData[i]? with
  | some m, some data => do
    if m.getRoot == `Init || m.getRoot == `Std then listNames st out m data.constNames 0
    listModules st out (i + 1)
  | _, _ => return

/-- Write name and module of every theorem of the library that `header` imports to `/scratch/names.jsonl`. -/
unsafe def list (header : String) : IO Unit := do
  let st ← start header
  let out ← IO.FS.Handle.mk "/scratch/names.jsonl" .write
  listModules st out 0
  out.flush

partial def writeAll (st : Command.State) (input out : IO.FS.Handle) : IO Unit := do
  let line ← input.getLine
  if line.isEmpty then return
  match Json.parse line with
  | .error e => fail e
  | .ok j => do
    let name := field j "name"
    let result ← (found st (toName (name.splitOn ".") .anonymous) (.str .anonymous (field j "flat"))).toBaseIO
    let fields := match result with
      | .ok fields => fields
      | .error e => [("lost", Json.str (toString e))]
    out.putStr ((Json.mkObj (("name", Json.str name) :: fields)).compress ++ "\n")
    out.flush
    writeAll st input out

/-- Write what is found about each line `{"name": …, "flat": …}` of `/scratch/wanted.jsonl` to
`/scratch/found.jsonl`, one by one, so that a crash costs one theorem. -/
unsafe def write (header : String) : IO Unit := do
  let st ← start header
  let input ← IO.FS.Handle.mk "/scratch/wanted.jsonl" .read
  let out ← IO.FS.Handle.mk "/scratch/found.jsonl" .write
  writeAll st input out

end Library
