module

public import Prover.Repl.Pieces

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

/-- `open Nat in theorem …` taken apart: what stands before the theorem, and the theorem. -/
partial def underIn (stx : Syntax) (before : Array Syntax) : Array Syntax × Syntax :=
  if stx.getKind == `Lean.Parser.Command.in then underIn (stx.getArg 2) (before.push (stx.getArg 0))
  else (before, stx)

/-- `theorem name sig := by tactics` taken apart: modifiers, keyword and signature, then the value. -/
def parts? (stx : Syntax) : Option (Syntax × Syntax × Syntax × Syntax × Syntax) :=
  let (_, stx) := underIn stx #[]
  if stx.getKind == ``Lean.Parser.Command.declaration then
    let decl := stx.getArg 1
    if decl.getKind == ``Lean.Parser.Command.theorem then
      some (stx.getArg 0, decl.getArg 0, decl.getArg 1, decl.getArg 2, decl.getArg 3)
    else none
  else none

partial def allStructEq (as bs : Array Syntax) (i : Nat) : Bool :=
  match as[i]?, bs[i]? with
  | none, none => true
  | some a, some b => a.structEq b && allStructEq as bs (i + 1)
  | _, _ => false

def sameSignature (a b : Syntax) : Bool :=
  match parts? a, parts? b with
  | some (m, k, n, s, _), some (m', k', n', s', _) =>
    allStructEq (underIn a #[]).1 (underIn b #[]).1 0
      && m.structEq m' && k.structEq k' && n.structEq n' && s.structEq s'
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

partial def namesJson (ns : Array Name) (i : Nat) (acc : Array Json) : Array Json :=
  match ns[i]? with
  | some n => namesJson ns (i + 1) (acc.push (Json.str (nameText n)))
  | none => acc

/-- The name that the statement declares, in the current namespace. -/
def declaredName? (st : EnvState) (stx : Syntax) : Option Name :=
  match parts? stx, st.scopes with
  | some (_, _, id, _, _), scope :: _ =>
    let n := (id.getArg 0).getId
    match rootName? n with
    | some n => some n
    | none => some (scope.currNamespace ++ n)
  | _, _ => none

/-- The constant of a declaration: this build of Lean makes what is not `public` private to its file. -/
def declared? (env : Environment) (n : Name) : Option ConstantInfo :=
  match env.find? n with
  | some info => some info
  | none => env.find? (mkPrivateName env n)

/-- What constant `n`, new in `env`, rests on. -/
def closureOf (s : Server) (base env : Environment) (n : Name) : IO Closure := do
  let known ← knownOf s base
  let c := close base env n { known := known }
  rememberKnown s base c.known
  return c

def judgeAxioms (c : Closure) (v : Verification) : Verification :=
  let v := { v with axioms := namesJson c.axioms 0 #[] }
  match firstDisallowed standardAxioms c.axioms 0 with
  | some a => refuse v "axioms" ("the proof rests on " ++ nameText a ++
      if a == ``sorryAx then ": a `sorry` is left in it, or in what it uses" else "")
  | none => pass v "axioms"

/-- The rung `axioms` of constant `n`, new in `env`. -/
def verifyAxioms (s : Server) (base env : Environment) (n : Name) (v : Verification) : IO Verification := do
  let c ← closureOf s base env n
  return judgeAxioms c v

/-- The rungs `axioms` and `kernel` of constant `n`, new in `env`. -/
def verifyConstant (s : Server) (base env : Environment) (n : Name) (v : Verification) : IO Verification := do
  let c ← closureOf s base env n
  let v := judgeAxioms c v
  if (firstDisallowed standardAxioms c.axioms 0).isSome then return v
  let source : Source := fun n => if base.contains n then base.find? n else env.find? n
  let bad ← replay base.toKernelEnv source s.cancel c.added 0
  match bad with
  | some text => return refuse v "kernel" text
  | none => return pass v "kernel"

/-- Rungs 2 to 5, once both texts parsed: elaborate, compare the statement, collect axioms, replay. -/
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
    if !(isTheorem && sameType a b) then
      return refuse v "statement" "the theorem that was proved is not the one that was stated"
    verifyConstant s st.env theirs.after.env b.name (pass v "statement")
  | _, _ => return refuse v "elaborates" "the theorem was not added to the environment"

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
    match forbidden? value, badTerm? value, declaredName? st a with
    | some kind, _, _ => return refuse {} "syntax" ("forbidden syntax: " ++ kind)
    | none, some (why, _), _ => return refuse {} "syntax" why
    | none, none, none => return refuse {} "syntax" "the statement is not a theorem"
    | none, none, some name => verifyElaborated s st pinned full name (pass {} "syntax")
where
  badTerm? (value : Syntax) : Option (String × Syntax) :=
    match firstBad? badModifier? value with
    | some bad => some bad
    | none => firstBad? hiddenCode? value

def verifyReply (v : Verification) : Fields :=
  #[("rungs", Json.arr v.rungs), ("axioms", Json.arr v.axioms), ("messages", Json.arr v.said)]

end Prover.Repl
