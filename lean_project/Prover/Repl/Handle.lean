module

public import Prover.Repl.Verify

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

def tacticRequest (s : Server) (j : Json) (id : Nat) : IO Fields := do
  let p? ← findProofState? s id
  match p? with
  | none => return errorReply "Unknown proof state."
  | some p => do
    let o := stepOptions j
    let result ← match str? j "tactic", nat? j "focus" with
      | some t, _ => runTactic s p t o
      | none, some i => focus s p i o
      | none, none => pure (.error { kind := "parse", text := "a proof state needs a tactic" })
    match result with
    | .ok fields => return fields
    | .error f => return failureReply f o

/-- The environment that a request names. `none` inside means that it names none. -/
def base (s : Server) (j : Json) : IO (Option (Option EnvState)) := do
  if has j "env" then
    match nat? j "env" with
    | none => return none
    | some id => do
      let e ← findEnv? s id
      match e with
      | some st => return some (some st)
      | none => return none
  else return some none

def commandRequest (s : Server) (j : Json) (text : String) : IO Fields := do
  let b ← base s j
  match b with
  | none => return errorReply "Unknown environment."
  | some st => runCommand s st text (flag j "rootGoals") (flag j "allTactics")

def verifyRequest (s : Server) (j : Json) (v : Json) : IO Fields := do
  let b ← base s j
  match b, str? v "statement", str? v "proof" with
  | some (some st), some statement, some proof => do
    let result ← verify s st statement proof
    return verifyReply result
  | some (some _), _, _ => return errorReply "A verification needs a statement and a proof."
  | _, _, _ => return errorReply "Unknown environment."

partial def forgetAll (s : Server) (j : Json) : IO Fields := do
  let st ← s.state.get
  s.state.set { st with
    envs := drop st.envs (items j "env") 0
    proofStates := drop st.proofStates (items j "proofState") 0 }
  return #[("forgotten", nat ((items j "env").size + (items j "proofState").size))]
where
  drop {α : Type} (xs : Array (Option α)) (ids : Array Json) (i : Nat) : Array (Option α) :=
    match ids[i]? with
    | none => xs
    | some id => match id.getNat? with
      | .ok n => drop (xs.set! n none) ids (i + 1)
      | .error _ => drop xs ids (i + 1)

def dispatch (s : Server) (j : Json) : IO Fields := do
  match nat? j "proofState", has j "tactic" || has j "focus" with
  | some id, true => tacticRequest s j id
  | _, _ => match j.getObjVal? "forget", j.getObjVal? "verify", str? j "cmd", str? j "path" with
    | .ok ids, _, _, _ => forgetAll s ids
    | _, .ok v, _, _ => verifyRequest s j v
    | _, _, some text, _ => commandRequest s j text
    | _, _, _, some path => do
      let text ← IO.FS.readFile path
      commandRequest s j text
    | _, _, _, _ => return errorReply "Could not parse as a valid JSON command:\nno known request has these fields"

/-- The reply to one request. `"time": true` adds the nanoseconds that Lean spent on it. -/
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
    return (object fields).compress

/-- A server whose `cancel` token is given from outside (a timer's). -/
def server (cancel : IO.CancelToken) : IO Server := do
  let state ← IO.mkRef ({} : State)
  return { state := state, cancel := cancel }

end Prover.Repl
