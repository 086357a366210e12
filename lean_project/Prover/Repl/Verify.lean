module

public import Prover.Repl.Command

/-! The judge's part that only Lean can do: a proof from a stranger, against a statement of ours. -/

public section

open Lean Elab Meta

namespace Prover.Repl

structure Verification where
  rungs : Array Json := #[]
  axioms : Array Json := #[]
  /-- What Lean said, where the declaration did not parse or elaborate. -/
  said : Array Json := #[]

def pass (v : Verification) (name : String) : Verification :=
  { v with rungs := v.rungs.push (object #[("name", Json.str name), ("passed", Json.bool true)]) }

def refuse (v : Verification) (name detail : String) : Verification :=
  { v with rungs := v.rungs.push (object #[
      ("name", Json.str name), ("passed", Json.bool false), ("detail", Json.str detail)]) }

/-- Why a text is not what it should be, and what the parser said. -/
structure Unparsed where
  why : String
  said : Array Json := #[]

/-- The only command of `text`, parsed in the scope of `st`; or why there is not exactly one. -/
def onlyCommand (st : EnvState) (text : String) : IO (Except Unparsed Syntax) := do
  let ictx := inputContext text
  let pmctx : Parser.ParserModuleContext := match st.scopes with
    | scope :: _ => {
        env := st.env, options := scope.opts, currNamespace := scope.currNamespace
        openDecls := scope.openDecls }
    | [] => { env := st.env, options := {} }
  let (stx, ps, log) := Parser.parseCommand ictx pmctx {} {}
  if log.hasErrors then
    let why ← firstError log.toList
    let said ← messages log.toList #[]
    return .error { why := why, said := said }
  let (next, _, log) := Parser.parseCommand ictx pmctx ps {}
  if next.getKind == ``Lean.Parser.Command.eoi && !log.hasErrors then return .ok stx
  let said ← messages log.toList #[]
  return .error {
    why := "the proof does not end where the theorem does: another command follows", said := said }
where
  firstError (ms : List Message) : IO String := do
    match ms with
    | [] => return "the proof does not parse"
    | m :: _ => do
      let text ← m.data.toString
      return trimmed text

/-- `theorem name sig := by tactics` taken apart: modifiers, keyword and signature, then the value. -/
def parts? (stx : Syntax) : Option (Syntax × Syntax × Syntax × Syntax × Syntax) :=
  if stx.getKind == ``Lean.Parser.Command.declaration then
    let decl := stx.getArg 1
    if decl.getKind == ``Lean.Parser.Command.theorem then
      some (stx.getArg 0, decl.getArg 0, decl.getArg 1, decl.getArg 2, decl.getArg 3)
    else none
  else none

def sameSignature (a b : Syntax) : Bool :=
  match parts? a, parts? b with
  | some (m, k, n, s, _), some (m', k', n', s', _) =>
    m.structEq m' && k.structEq k' && n.structEq n' && s.structEq s'
  | _, _ => false

/-- The value must be `:= by …` and nothing more: no `where`, no termination hints. -/
def isTacticProof (stx : Syntax) : Bool :=
  match parts? stx with
  | some (_, _, _, _, v) =>
    v.getKind == ``Lean.Parser.Command.declValSimple
      && (v.getArg 1).getKind == ``Lean.Parser.Term.byTactic
      && isEmptySuffix (v.getArg 2) && (v.getArg 3).getNumArgs == 0
  | none => false
where
  isEmptySuffix (s : Syntax) : Bool := (s.getArg 0).getNumArgs == 0 && (s.getArg 1).getNumArgs == 0

def elaborateOne (s : Server) (st : EnvState) (text : String) : IO Elaborated :=
  elaborateText s (some st) text false

partial def firstErrorText (ms : List Message) : IO String := do
  match ms with
  | [] => return ""
  | m :: rest => match m.severity with
    | .error => do
      let text ← m.data.toString
      return trimmed text
    | _ => firstErrorText rest

/-- The constants that `e` is built of, as an array. -/
partial def constantsOf (info : ConstantInfo) : Array Name :=
  match info.value? (allowOpaque := true) with
  | some v => push v.getUsedConstants 0 info.type.getUsedConstants
  | none => info.type.getUsedConstants
where
  push (ns : Array Name) (i : Nat) (acc : Array Name) : Array Name :=
    match ns[i]? with
    | some n => push ns (i + 1) (acc.push n)
    | none => acc

/-- Axioms of Lean's own library. Its theorems come without proofs here and look like axioms; those
of this list are the true ones. -/
def libraryAxioms : Array Name := #[
  ``propext, ``Classical.choice, ``Quot.sound, ``sorryAx, `Lean.ofReduceBool, `Lean.ofReduceNat,
  `Lean.trustCompiler]

structure Closure where
  seen : NameSet := {}
  /-- Constants that are not in the statement's environment, each after those that it needs. -/
  added : Array ConstantInfo := #[]
  axioms : Array Name := #[]

/-- Everything that constant `n` rests on, in `env`; `base` is the environment of the statement. -/
partial def close (base env : Environment) (n : Name) (c : Closure) : Closure :=
  if c.seen.contains n then c
  else
    let c := { c with seen := c.seen.insert n }
    match env.find? n with
    | none => c
    | some info =>
      let c := closeAll base env (constantsOf info) 0 c
      let isNew := !base.contains n
      let c := if isNew then { c with added := c.added.push info } else c
      match info with
      | .axiomInfo _ =>
        if isNew || (env.getModuleIdxFor? n).isNone || member libraryAxioms n 0 then
          { c with axioms := c.axioms.push n }
        else c
      | _ => c
where
  closeAll (base env : Environment) (ns : Array Name) (i : Nat) (c : Closure) : Closure :=
    match ns[i]? with
    | some n => closeAll base env ns (i + 1) (close base env n c)
    | none => c

/-- A new constant as a declaration for the kernel; none where a proof may not declare such a thing. -/
def asDeclaration? (info : ConstantInfo) : Option Declaration :=
  match info with
  | .thmInfo v => some (.thmDecl v)
  | .defnInfo v => match v.safety with
    | .safe => some (.defnDecl v)
    | _ => none
  | .opaqueInfo v => if v.isUnsafe then none else some (.opaqueDecl v)
  | _ => none

/-- Check the new constants again, one after the other, in a kernel environment of our own. -/
partial def replay (kenv : Kernel.Environment) (cancel : IO.CancelToken) (cs : Array ConstantInfo) (i : Nat) :
    IO (Option String) := do
  match cs[i]? with
  | none => return none
  | some info => match asDeclaration? info with
    | none => return some ("the proof declares " ++ nameText info.name ++ ", which is no theorem or safe definition")
    | some d => match kenv.addDecl {} d (some cancel) with
      | .ok kenv => replay kenv cancel cs (i + 1)
      | .error e => do
        let text ← (e.toMessageData {}).toString
        return some ("the kernel refuses " ++ nameText info.name ++ ": " ++ text)

partial def firstDisallowed (allowed : Array Name) (found : Array Name) (i : Nat) : Option Name :=
  match found[i]? with
  | none => none
  | some n => if member allowed n 0 then firstDisallowed allowed found (i + 1) else some n

partial def namesJson (ns : Array Name) (i : Nat) (acc : Array Json) : Array Json :=
  match ns[i]? with
  | some n => namesJson ns (i + 1) (acc.push (Json.str (nameText n)))
  | none => acc

/-- The name that the statement declares, in the current namespace. -/
def declaredName? (st : EnvState) (stx : Syntax) : Option Name :=
  match parts? stx, st.scopes with
  | some (_, _, id, _, _), scope :: _ =>
    let n := (id.getArg 0).getId
    match n with
    | .str (.str .anonymous "_root_") s => some (.str .anonymous s)
    | _ => some (scope.currNamespace ++ n)
  | _, _ => none

/-- The constant of a declaration: this build of Lean makes what is not `public` private to its file. -/
def declared? (env : Environment) (n : Name) : Option ConstantInfo :=
  match env.find? n with
  | some info => some info
  | none => env.find? (mkPrivateName env n)

def standardAxioms : Array Name := #[``propext, ``Classical.choice, ``Quot.sound]

/-- Rungs 2 to 4, once both texts parsed: elaborate, compare the statement, collect axioms, replay. -/
def verifyElaborated (s : Server) (st : EnvState) (pinned full : String) (name : Name) (v : Verification) :
    IO Verification := do
  let ours ← elaborateOne s st pinned
  let theirs ← elaborateOne s st full
  let text ← firstErrorText theirs.after.messages.toList
  if theirs.after.messages.hasErrors then do
    let said ← messages theirs.after.messages.toList #[]
    return { refuse v "elaborates" text with said := said }
  match declared? ours.after.env name, declared? theirs.after.env name with
  | some a, some b => do
    let v := pass v "elaborates"
    let isTheorem := !(st.env.contains b.name) && match b with
      | .thmInfo _ => true
      | _ => false
    if !(isTheorem && a.type == b.type && sameParams a.levelParams b.levelParams) then
      return refuse v "statement" "the theorem that was proved is not the one that was stated"
    let v := pass v "statement"
    let c := close st.env theirs.after.env b.name {}
    let v := { v with axioms := namesJson c.axioms 0 #[] }
    match firstDisallowed standardAxioms c.axioms 0 with
    | some n => return refuse v "axioms" ("the proof rests on " ++ nameText n)
    | none => do
      let v := pass v "axioms"
      let bad ← replay st.env.toKernelEnv s.cancel c.added 0
      match bad with
      | some text => return refuse v "kernel" text
      | none => return pass v "kernel"
  | _, _ => return refuse v "elaborates" "the theorem was not added to the environment"
where
  sameParams (a b : List Name) : Bool :=
    match a, b with
    | [], [] => true
    | x :: xs, y :: ys => x == y && sameParams xs ys
    | _, _ => false

/-- Judge `proof` as a proof of `statement` (a declaration without its `:=`) in `st`.
`proof` is an indented tactic block; or, where it begins with `:=`, a whole value, which need not be one. -/
def verify (s : Server) (st : EnvState) (statement proof : String) : IO Verification := do
  let whole := proof.startsWith ":="
  let pinned := statement ++ " := by\n  sorry"
  let full := if whole then statement ++ " " ++ proof else statement ++ " := by\n" ++ proof
  let ours ← onlyCommand st pinned
  let theirs ← onlyCommand st full
  match ours, theirs with
  | .error e, _ => return refuse {} "syntax" ("the statement does not parse: " ++ e.why)
  | _, .error e => return { refuse {} "syntax" e.why with said := e.said }
  | .ok a, .ok b =>
    if !(sameSignature a b && (whole || isTacticProof b)) then
      return refuse {} "syntax" "the proof changes the statement around it"
    let value := match parts? b with
      | some (_, _, _, _, value) => value
      | none => b
    match forbidden? value, declaredName? st a with
    | some kind, _ => return refuse {} "syntax" ("forbidden syntax: " ++ kind)
    | none, none => return refuse {} "syntax" "the statement is not a theorem"
    | none, some name => verifyElaborated s st pinned full name (pass {} "syntax")

def verifyReply (v : Verification) : Fields :=
  #[("rungs", Json.arr v.rungs), ("axioms", Json.arr v.axioms), ("messages", Json.arr v.said)]

end Prover.Repl
