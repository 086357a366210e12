module

public import Prover.Repl.Command

/-! Environments and proof states as files: what they hold beyond their imports.

As in the community REPL, constants and open namespaces come back, notation and attributes do not; and
like an `.olean`, a file is read as it is: only files that a REPL wrote may be given to one. The
constants in it are checked again by the kernel. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- An environment without what its imports bring. -/
structure SavedEnv where
  imports : Array Import
  constants : Array ConstantInfo

/-- What a file holds. The constructor says which kind of file it is. -/
inductive Saved where
  | env (e : SavedEnv) (scopes : List Command.Scope) (nextMacroScope maxRecDepth : Nat)
      (ngen : NameGenerator)
  | proofState (e : SavedEnv) (nextMacroScope : Nat) (ngen : NameGenerator) (options : Options)
      (currNamespace : Name) (openDecls : List OpenDecl) (mctx : MetavarContext) (lctx : LocalContext)
      (insts : LocalInstances) (levelNames : List Name) (goals roots : List MVarId)

unsafe def saveUnsafe (file : System.FilePath) (x : Saved) : IO Unit :=
  saveModuleData file `Prover.Repl.Saved (unsafeCast x)

@[implemented_by saveUnsafe]
opaque save (file : System.FilePath) (x : Saved) : IO Unit

unsafe def loadUnsafe (file : System.FilePath) : IO Saved := do
  let (data, _) ← readModuleData file
  return unsafeCast data

instance : Inhabited Saved := ⟨.env { imports := #[], constants := #[] } [] 0 0 {}⟩

@[implemented_by loadUnsafe]
opaque load (file : System.FilePath) : IO Saved

partial def newConstants (c : PersistentHashMap.Node Name ConstantInfo) (acc : Array ConstantInfo) :
    Array ConstantInfo :=
  match c with
  | .collision _ vs _ => pushConstants vs 0 acc
  | .entries es => entries es 0 acc
where
  pushConstants (vs : Array ConstantInfo) (i : Nat) (acc : Array ConstantInfo) : Array ConstantInfo :=
    match vs[i]? with
    | some v => pushConstants vs (i + 1) (acc.push v)
    | none => acc
  entries (es : Array (PersistentHashMap.Entry Name ConstantInfo (PersistentHashMap.Node Name ConstantInfo)))
      (i : Nat) (acc : Array ConstantInfo) : Array ConstantInfo :=
    match es[i]? with
    | none => acc
    | some (.entry _ v) => entries es (i + 1) (acc.push v)
    | some (.ref n) => entries es (i + 1) (newConstants n acc)
    | some .null => entries es (i + 1) acc

def savedEnv (env : Environment) : SavedEnv :=
  { imports := env.header.imports, constants := newConstants env.constants.map₂.root #[] }

def saveEnv (file : String) (st : EnvState) : IO Unit :=
  save file (.env (savedEnv st.env) st.scopes st.nextMacroScope st.maxRecDepth st.ngen)

def saveProofState (file : String) (p : ProofState) : IO Unit :=
  save file (.proofState (savedEnv p.core.env) p.core.nextMacroScope p.core.ngen p.coreContext.options
    p.coreContext.currNamespace p.coreContext.openDecls p.metaState.mctx p.metaContext.lctx
    p.metaContext.localInstances p.term.levelNames p.goals p.roots)

partial def findConstant? (cs : Array ConstantInfo) (n : Name) (i : Nat) : Option ConstantInfo :=
  match cs[i]? with
  | none => none
  | some c => if c.name == n then some c else findConstant? cs n (i + 1)

partial def constantNames (cs : Array ConstantInfo) (i : Nat) (acc : Array Name) : Array Name :=
  match cs[i]? with
  | some c => constantNames cs (i + 1) (acc.push c.name)
  | none => acc

/-- `base` with the constants of `e` that it lacks. -/
def restoreOn (s : Server) (base : Environment) (e : SavedEnv) : IO Environment :=
  restore (fun n => findConstant? e.constants n 0) s.cancel (constantNames e.constants 0 #[]) base

def restoreEnv (s : Server) (e : SavedEnv) : IO Environment := do
  let base ← importedEnv s e.imports
  restoreOn s base e

partial def openedNames (decls : List OpenDecl) (acc : Array Syntax) : Array Syntax :=
  match decls with
  | [] => acc
  | .simple ns _ :: rest => openedNames rest (acc.push (mkIdent ns))
  | _ :: rest => openedNames rest acc

/-- `env` with the scoped entries of the open namespaces in force, as the command `open` puts them. -/
def withOpened (s : Server) (env : Environment) (decls : List OpenDecl) : IO Environment := do
  let names := openedNames decls #[]
  if names.size == 0 then return env
  let stx := mkNode ``Lean.Parser.Command.open
    #[mkAtom "open", mkNode ``Lean.Parser.Command.openSimple #[mkNullNode names]]
  let ref ← IO.mkRef (Command.mkState env {} {})
  elaborateCommand (inputContext "") s.cancel 0 stx ref
  return (← ref.get).env

def loadEnv (s : Server) (file : String) : IO EnvState := do
  match ← load file with
  | .proofState .. => fail "This file holds a proof state, not an environment."
  | .env e scopes nextMacroScope maxRecDepth ngen => do
    let env ← restoreEnv s e
    let opened := match scopes with
      | scope :: _ => scope.openDecls
      | [] => []
    let env ← withOpened s env opened
    return { Command.mkState env {} {} with
      scopes := scopes, nextMacroScope := nextMacroScope, maxRecDepth := maxRecDepth, ngen := ngen }

/-- The proof state of `file`; on the environment `on?` where given, which saves restoring its imports. -/
def loadProofState (s : Server) (file : String) (on? : Option EnvState) : IO ProofState := do
  match ← load file with
  | .env .. => fail "This file holds an environment, not a proof state."
  | .proofState e nextMacroScope ngen options currNamespace openDecls mctx lctx insts levelNames goals roots => do
    let env ← match on? with
      | some st => restoreOn s st.env e
      | none => restoreEnv s e
    let env ← withOpened s env openDecls
    let inherited ← inheritedTraceOptions.get
    return {
      core := { env := env, ngen := ngen, nextMacroScope := nextMacroScope }
      coreContext := {
        fileName := "<input>", fileMap := default, options := options
        currNamespace := currNamespace, openDecls := openDecls
        maxHeartbeats := 0, inheritedTraceOptions := inherited }
      metaState := { mctx := mctx }
      metaContext := { lctx := lctx, localInstances := insts }
      term := { levelNames := levelNames }
      termContext := { declName? := none }
      goals := goals
      roots := roots }

end Prover.Repl
