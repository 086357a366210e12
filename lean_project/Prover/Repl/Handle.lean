module

public import Prover.Repl.VerifyFile

/-! From the text of a request to the text of its reply. A request never ends the process. -/

public section

open Lean Elab Meta

namespace Prover.Repl

def errorReply (text : String) : Fields := #[("message", Json.str text)]

def stepOptions (j : Json) : StepOptions :=
  { detail := flag j "detail", maxHeartbeats := match nat? j "maxHeartbeats" with
      | some n => n
      | none => 0 }

def failureReply (f : Failure) (o : StepOptions) : Fields :=
  let fields := errorReply ("Lean error:\n" ++ f.text)
  if o.detail then fields.push ("kind", Json.str f.kind) else fields

/-- A step on proof state `id`. -/
def stepRequest (s : Server) (j : Json) (id : Nat)
    (step : ProofState → StepOptions → IO (Except Failure Fields)) : IO Fields := do
  let p? ← findProofState? s id
  match p? with
  | none => return errorReply "Unknown proof state."
  | some p => do
    let o := stepOptions j
    let result ← step p o
    match result with
    | .ok fields => return fields
    | .error f => return failureReply f o

/-- Run `act` on the environment that a request names, or on none where it names none. -/
def onEnv (s : Server) (j : Json) (act : Option EnvState → IO Fields) : IO Fields := do
  match nat? j "env" with
  | none => act none
  | some id => do
    let e ← findEnv? s id
    match e with
    | some st => act (some st)
    | none => return errorReply "Unknown environment."

def commandRequest (s : Server) (j : Json) (text : String) : IO Fields :=
  onEnv s j fun st => runCommand s st text (flag j "rootGoals") (flag j "allTactics")

def pickleEnv (s : Server) (j : Json) (file : String) : IO Fields :=
  onEnv s j fun st => match st with
    | none => return errorReply "Unknown environment."
    | some st => do
      saveEnv file st
      return match nat? j "env" with
        | some id => #[("env", nat id)]
        | none => #[]

def unpickleEnv (s : Server) (file : String) : IO Fields := do
  let st ← loadEnv s file
  let id ← addEnv s st
  return #[("env", nat id)]

/-- Saving a proof state answers like a step: with a new id, of the same state. -/
def pickleProofState (s : Server) (j : Json) (id : Nat) (file : String) : IO Fields := do
  let p? ← findProofState? s id
  match p? with
  | none => return errorReply "Unknown proof State."
  | some p => do
    saveProofState file p
    stepReply s p p (stepOptions j)

def unpickleProofState (s : Server) (j : Json) (file : String) : IO Fields :=
  onEnv s j fun st => do
    let p ← loadProofState s file st
    stepReply s p p (stepOptions j)

def verifyRequest (s : Server) (j : Json) (v : Json) : IO Fields :=
  onEnv s j fun st => match st, str? v "statement", str? v "proof" with
    | some st, some statement, some proof => do
      let result ← verify s st statement proof
      return verifyReply result
    | some _, _, _ => return errorReply "A verification needs a statement and a proof."
    | none, _, _ => return errorReply "Unknown environment."

def levelOf (v : Json) : Level :=
  match str? v "level" with
  | some "elaborate" => .elaborate
  | some "axioms" => .axioms
  | _ => .kernel

def verifyFileRequest (s : Server) (v : Json) : IO Fields :=
  match str? v "solution" with
  | some solution => verifyFile s (levelOf v) (str? v "challenge") solution
  | none => return errorReply "A verification needs a solution."

partial def forgetEach {α : Type} (xs : Array (Option α)) (ids : Array Json) (i : Nat) : Array (Option α) :=
  match ids[i]? with
  | none => xs
  | some id => match id.getNat? with
    | .ok n => forgetEach (xs.setIfInBounds n none) ids (i + 1)
    | .error _ => forgetEach xs ids (i + 1)

/-- Drop the environments and proof states of these ids. Unknown ids are no error: they are gone. -/
def forgetAll (s : Server) (ids : Json) : IO Fields := do
  let envs := items ids "env"
  let proofStates := items ids "proofState"
  let st ← s.state.get
  s.state.set { st with
    envs := forgetEach st.envs envs 0, proofStates := forgetEach st.proofStates proofStates 0 }
  return #[("forgotten", nat (envs.size + proofStates.size))]

/-- The first of `keys` whose value there is not `ok`. -/
partial def firstWrong? (j : Json) (keys : Array String) (i : Nat) (ok : Json → String → Bool) : Option String :=
  match keys[i]? with
  | none => none
  | some key => if has j key && !(ok j key) then some key else firstWrong? j keys (i + 1) ok

/-- Which field of a request has a value of the wrong type. Fields that no request has are ignored. -/
def illTyped? (j : Json) : Option String :=
  match firstWrong? j #["env", "proofState", "focus", "maxHeartbeats"] 0 fun j key => (nat? j key).isSome,
    firstWrong? j #["cmd", "path", "tactic", "pickleTo", "unpickleEnvFrom", "unpickleProofStateFrom"] 0
      fun j key => (str? j key).isSome,
    firstWrong? j #["rootGoals", "allTactics", "time", "detail"] 0 fun j key => (bool? j key).isSome with
  | some key, _, _ => some key
  | none, some key, _ => some key
  | none, none, other => other

def badRequest (detail : String) : Fields := errorReply ("Could not parse as a valid JSON command:\n" ++ detail)

/-- Requests on a proof state: a step, or saving it. -/
def proofStateRequest? (s : Server) (j : Json) : Option (IO Fields) :=
  match nat? j "proofState" with
  | none => none
  | some id => match str? j "tactic", nat? j "focus", str? j "pickleTo" with
    | some text, _, _ => some (stepRequest s j id fun p o => runTactic s p text o)
    | none, some i, _ => some (stepRequest s j id fun p o => focus s p i o)
    | none, none, some file => some (pickleProofState s j id file)
    | none, none, none => none

def pickleRequest? (s : Server) (j : Json) : Option (IO Fields) :=
  match str? j "pickleTo", str? j "unpickleEnvFrom", str? j "unpickleProofStateFrom" with
  | some file, _, _ => if has j "env" then some (pickleEnv s j file) else none
  | none, some file, _ => some (unpickleEnv s file)
  | none, none, some file => some (unpickleProofState s j file)
  | none, none, none => none

def commandRequest? (s : Server) (j : Json) : Option (IO Fields) :=
  match str? j "cmd", str? j "path" with
  | some text, _ => some (commandRequest s j text)
  | none, some path => some do
    let text ← IO.FS.readFile path
    commandRequest s j text
  | none, none => none

def extensionRequest? (s : Server) (j : Json) : Option (IO Fields) :=
  match j.getObjVal? "forget", j.getObjVal? "verify", j.getObjVal? "verifyFile" with
  | .ok ids, _, _ => some (forgetAll s ids)
  | _, .ok v, _ => some (verifyRequest s j v)
  | _, _, .ok v => some (verifyFileRequest s v)
  | _, _, _ => none

/-- The request that `j` is: the first of the community REPL's shapes that it has, then ours. -/
def dispatch (s : Server) (j : Json) : IO Fields :=
  match illTyped? j, proofStateRequest? s j, pickleRequest? s j, commandRequest? s j, extensionRequest? s j with
  | some key, _, _, _, _ => return badRequest ("the value of \"" ++ key ++ "\" is of the wrong type")
  | _, some act, _, _, _ => act
  | _, _, some act, _, _ => act
  | _, _, _, some act, _ => act
  | _, _, _, _, some act => act
  | _, _, _, _, _ => return badRequest "no known request has these fields"

/-- The reply to one request. `"time": true` adds the nanoseconds that Lean spent on it; `"requestId"` comes back:
what code of a stranger prints in a reply's stead lacks it. -/
def reply (s : Server) (request : String) : IO String := do
  match Json.parse request with
  | .error e => return (object (errorReply ("Could not parse JSON:\n" ++ e))).compress
  | .ok j => do
    let start ← IO.monoNanosNow
    let result ← (dispatch s j).toBaseIO
    let fields ← match result with
      | .ok fields => pure fields
      | .error e => pure (errorReply (toString e))
    let stop ← IO.monoNanosNow
    let fields := if flag j "time" then fields.push ("nanoseconds", nat (stop - start)) else fields
    let fields := match str? j "requestId" with
      | some id => fields.push ("requestId", Json.str id)
      | none => fields
    return (object fields).compress

/-- A server whose `cancel` token is given from outside (a timer's). -/
def server (cancel : IO.CancelToken) : IO Server := do
  let state ← IO.mkRef ({} : State)
  return { state := state, cancel := cancel }

end Prover.Repl
