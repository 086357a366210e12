module

public import Lean

/-! What the REPL remembers: elaborated environments, proof states, and how to run Lean's monads on them. -/

public section

open Lean Elab

namespace Prover.Repl

/-- A proof state: everything that a tactic reads and writes. -/
structure ProofState where
  core : Core.State
  coreContext : Core.Context
  metaState : Meta.State
  metaContext : Meta.Context
  term : Term.State
  termContext : Term.Context
  /-- The goals still open, the first being the one that tactics act on. -/
  goals : List MVarId
  /-- The goals whose assignment is the proof: those the state began with. -/
  roots : List MVarId

/-- An environment snapshot: the elaborator's state after a command. -/
abbrev EnvState := Command.State

/-- What the constants of a library rest on, as far as they were walked. -/
structure Known where
  walked : NameSet := {}
  /-- For each axiom that was met, the walked constants that rest on it. -/
  users : Array (Name × NameSet) := #[]

/-- The REPL's memory. Ids are indices; a forgotten entry is `none` and its id is never used again. -/
structure State where
  envs : Array (Option EnvState) := #[]
  proofStates : Array (Option ProofState) := #[]
  /-- Environments by import list: imports are paid once in a process. -/
  imported : List (String × Environment) := []
  /-- What the judge knows of each import list: its axioms are looked for once in a process. -/
  known : List (String × Known) := []

/-- What every request shares: the memory, and the token through which a time limit stops Lean. -/
structure Server where
  state : IO.Ref State
  cancel : IO.CancelToken

/-- An error that answers a request instead of ending the process. -/
@[inline] def fail {α : Type} (text : String) : IO α := throw (IO.userError text)

def addEnv (s : Server) (e : EnvState) : IO Nat := do
  let st ← s.state.get
  s.state.set { st with envs := st.envs.push (some e) }
  return st.envs.size

def addProofState (s : Server) (p : ProofState) : IO Nat := do
  let st ← s.state.get
  s.state.set { st with proofStates := st.proofStates.push (some p) }
  return st.proofStates.size

def findEnv? (s : Server) (id : Nat) : IO (Option EnvState) := do
  let st ← s.state.get
  match st.envs[id]? with
  | some e => return e
  | none => return none

def findProofState? (s : Server) (id : Nat) : IO (Option ProofState) := do
  let st ← s.state.get
  match st.proofStates[id]? with
  | some p => return p
  | none => return none

/-- The text of an exception. An interrupt has none, so it is named. -/
def exceptionText (e : Exception) : IO String := do
  if e.isInterrupt then return "interrupted"
  e.toMessageData.toString

/-- Run `act` in `p`, with `p`'s state advanced. The layers are applied by hand because the code
generator of a library loaded without private data cannot see their `run` functions. -/
@[inline] def ProofState.runMeta {α : Type} (p : ProofState) (act : MetaM α) : IO (α × ProofState) := do
  let coreRef ← IO.mkRef p.core
  let metaRef ← IO.mkRef p.metaState
  let result ← (act p.metaContext metaRef p.coreContext coreRef).toBaseIO
  match result with
  | .ok a => return (a, { p with core := ← coreRef.get, metaState := ← metaRef.get })
  | .error e => fail (← exceptionText e)

/-- `instantiateMVars`, specialised once: a specialisation made in one module is not visible in the next. -/
@[noinline] def instantiate (e : Expr) : MetaM Expr := instantiateMVars e

/-- `p` as seen from inside a local context. -/
def ProofState.inContext (p : ProofState) (lctx : LocalContext) (insts : LocalInstances) : ProofState :=
  { p with metaContext := { p.metaContext with lctx := lctx, localInstances := insts } }

/-- A name as text. (`Name.toString` is specialised code that is not exported.) -/
partial def nameText : Name → String
  | .anonymous => "[anonymous]"
  | .str .anonymous s => s
  | .str p s => nameText p ++ "." ++ s
  | .num .anonymous n => Nat.repr n
  | .num p n => nameText p ++ "." ++ Nat.repr n

/-- A proof state for `goals` in the context that the elaborator recorded, on environment `env`. -/
def ProofState.ofContext (ctx : ContextInfo) (env : Environment) (lctx : LocalContext)
    (insts : LocalInstances) (goals roots : List MVarId) : IO ProofState := do
  let inherited ← inheritedTraceOptions.get
  return {
    core := { env := env, ngen := ctx.ngen.mkChild.1 }
    coreContext := {
      fileName := "<input>", fileMap := default, options := ctx.options
      currNamespace := ctx.currNamespace, openDecls := ctx.openDecls
      maxHeartbeats := 0, inheritedTraceOptions := inherited }
    metaState := { mctx := ctx.mctx }
    metaContext := { lctx := lctx, localInstances := insts }
    term := {}
    termContext := { declName? := none }
    goals := goals
    roots := roots }

end Prover.Repl
