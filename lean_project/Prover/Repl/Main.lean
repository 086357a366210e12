module

public import Prover.Repl.Handle

/-! The REPL as a native executable: `lake exe repl`. The embedded Lean is served by a loader instead. -/

public section

open Lean

namespace Prover.Repl

/-- How long a timer sleeps before it looks whether it is still wanted, in milliseconds. -/
def timerSlice : UInt32 := 50

/-- Set `token` after `ms` milliseconds, unless the task is cancelled first. -/
partial def timer (ms : UInt32) (token : IO.CancelToken) : IO Unit := do
  let dropped ← IO.checkCanceled
  if dropped then return
  if ms ≤ timerSlice then
    IO.sleep ms
    token.set
  else
    IO.sleep timerSlice
    timer (ms - timerSlice) token

def timeoutOf (request : String) : Option UInt32 :=
  match Json.parse request with
  | .error _ => none
  | .ok j => match nat? j "timeoutMs" with
    | none => none
    | some ms => if ms == 0 then none else some (min ms (UInt32.size - 1)).toUInt32

/-- The reply to a request, which is asked to stop when its time is over. -/
def replyInTime (s : Server) (request : String) : IO String := do
  let token ← IO.CancelToken.new
  let s := { s with cancel := token }
  match timeoutOf request with
  | none => reply s request
  | some ms => do
    let task ← IO.asTask (timer ms token) .dedicated
    let text ← reply s request
    IO.cancel task
    return text

def send (text : String) : IO Unit := do
  let out ← IO.getStdout
  out.putStr (text ++ "\n\n")
  out.flush

def isComment (request : String) : Bool := request.startsWith "#" || request.startsWith "--"

def answer (s : Server) (request : String) : IO Unit := do
  if request.isEmpty || isComment request then return
  let text ← replyInTime s request
  send text

partial def rightTrimmed (line : String) : String :=
  if line.endsWith " " || line.endsWith "\n" || line.endsWith "\r" || line.endsWith "\t" then
    rightTrimmed (line.dropEnd 1).toString
  else line

/-- Requests are the lines up to a blank one or to the end, right-trimmed and joined. -/
partial def serve (s : Server) (request : String) (badLines : Nat) : IO Unit := do
  let stdin ← IO.getStdin
  let result ← stdin.getLine.toBaseIO
  match result with
  | .error e => do
    -- A line that is no text is skipped; a stream that gives nothing else has failed.
    if badLines ≥ 100 then throw e
    send (object (errorReply (toString e))).compress
    serve s "" (badLines + 1)
  | .ok line =>
    if line.isEmpty then answer s request
    else do
      let text := rightTrimmed line
      if text.isEmpty then
        answer s request
        serve s "" 0
      else serve s (request ++ text) 0

end Prover.Repl

open Prover.Repl in
unsafe def main (_ : List String) : IO Unit := do
  enableInitializersExecution
  let sysroot ← findSysroot
  initSearchPath sysroot
  let token ← IO.CancelToken.new
  let s ← server token
  serve s "" 0
