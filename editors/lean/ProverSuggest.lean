import Lean.Data.Json
import Lean.Elab.Tactic
import Lean.Meta.Tactic.TryThis

/-! The tactics `suggest` and `prove?`: they ask a `prover serve` of this machine, and say “Try this”.

Copy this file into your project, or require its folder, and import it. `curl` has to be on the path. The
environment variables `PROVER_URL` and `PROVER_TOKEN` name another service. It is sent the file, and nothing is
shown that does not run here.

It keeps to plain functions and recursion because Prover's tests run it in a Lean whose library has little code. -/

namespace ProverSuggest

open Lean Elab Tactic
open Lean.Meta.Tactic.TryThis (addSuggestion)

/-- How the service is asked: a route and a body of JSON to the text of the answer. -/
abbrev Ask := String → String → CoreM String

/-- What stands in a file before and after a piece of it. -/
def around (source : String) (range : Lean.Syntax.Range) : String × String :=
  ({ str := source, startPos := 0, stopPos := range.start : Substring.Raw }.toString,
   { str := source, startPos := range.stop, stopPos := source.rawEndPos : Substring.Raw }.toString)

/-- The answer to a question about the place of `ref`, which is a tactic of the file. -/
def answerAt (ask : Ask) (route : String) (ref : Syntax) : TacticM Json := do
  let some range := ref.getRange? | throwError "Prover: this tactic does not stand in a file"
  let (before, after) := around (← getFileMap).source range
  let text ← ask route (Json.mkObj [("before", .str before), ("after", .str after)]).compress
  match Json.parse text with
  | .error _ => throwErrorAt ref "Prover: no answer of a Prover service: {text}"
  | .ok json =>
    match json.getObjValAs? String "kind", json.getObjValAs? String "message" with
    | .ok _, .ok message => throwErrorAt ref "Prover: {message}"
    | _, _ => return json

def spaces : Nat → String
  | 0 => ""
  | n + 1 => spaces n ++ " "

/-- Tactics that begin in the column of `ref`, from their text. -/
def parse? (ref : Syntax) (text : String) : TacticM (Option Syntax) := do
  let map ← getFileMap
  let column := match ref.getPos? with
    | some pos => (map.toPosition pos).column
    | none => 0
  let block := "(\n" ++ spaces column ++ text ++ "\n)"
  return (Parser.runParserCategory (← getEnv) `tactic block).toOption

/-- Whether tactics close the main goal without an error; `sorry`s may. Nothing is changed by it. -/
def runs (tactics : Syntax) : TacticM Bool := fun tactic goals term terms context metas core cores => do
  let (goalsNow, termsNow, metasNow, coresNow) := (← goals.get, ← terms.get, ← metas.get, ← cores.get)
  let attempt : TacticM Unit := do
    evalTactic tactics
    pruneSolvedGoals
  -- No error is recovered from, and each has its own budget of heartbeats.
  let strictly : CoreM Bool := fun core cores => do
    let core := { core with initHeartbeats := ← IO.getNumHeartbeats, maxHeartbeats := 20000 * 1000 }
    match goalsNow.goals with
    | [] => return false
    | main :: _ => goals.set { goals := [main] }
    attempt { tactic with recover := false } goals { term with errToSorry := false } terms context metas core cores
    match (← goals.get).goals with
    | [] => return true
    | _ :: _ => return false
  let failed (error : Exception) : CoreM Bool := if error.isInterrupt then throw error else return false
  let good ← tryCatchRuntimeEx strictly failed core cores
  goals.set goalsNow; terms.set termsNow; metas.set metasNow; cores.set coresNow
  return good

/-- Shows those of the service's suggestions that run here, in its order; how many they are. -/
partial def showThoseThatRun (ref : Syntax) (found : Array Json) (next shown : Nat) : TacticM Nat := do
  match found[next]? with
  | none => return shown
  | some one =>
    match one.getObjValAs? String "text", one.getObjValAs? String "label" with
    | .ok text, .ok label =>
      match ← parse? ref text with
      | some tactics =>
        if ← runs tactics then
          addSuggestion ref { suggestion := .string text, postInfo? := some ("  -- " ++ label) }
          showThoseThatRun ref found (next + 1) (shown + 1)
        else showThoseThatRun ref found (next + 1) shown
      | none => showThoseThatRun ref found (next + 1) shown
    | _, _ => showThoseThatRun ref found (next + 1) shown

def suggestAt (ask : Ask) (ref : Syntax) : TacticM Unit := do
  let answer ← answerAt ask "/v1/file/suggest" ref
  match answer.getObjVal? "suggestions" >>= Json.getArr? with
  | .error error => throwErrorAt ref "Prover: {error}"
  | .ok found =>
    if (← showThoseThatRun ref found 0 0) == 0 then
      throwErrorAt ref "Prover: nothing was found that runs here"
    match ← parse? ref "sorry" with
    | some skipped => evalTactic skipped
    | none => return

def proveAt (ask : Ask) (ref : Syntax) : TacticM Unit := do
  let answer ← answerAt ask "/v1/file/prove" ref
  match answer.getObjValAs? String "text" with
  | .error _ =>
    throwErrorAt ref "Prover: {(answer.getObjValAs? String "reason").toOption.getD "no proof was found"}"
  | .ok text =>
    match ← parse? ref text with
    | some tactics =>
      if ← runs tactics then
        evalTactic tactics
        addSuggestion ref { suggestion := .string text }
      else throwErrorAt ref "Prover: a proof was found that does not hold in this Lean:\n{text}"
    | none => throwErrorAt ref "Prover: a proof was found that this Lean does not read:\n{text}"

/-! ## By `curl`, which is on nearly every machine: no library has to be built -/

/-- What `curl` is told on its standard input, where no other program of the machine reads it. -/
def curlConfig (url token body : String) : String :=
  "url = " ++ quoted url ++ "\ndata = " ++ quoted body
    ++ "\nheader = \"Content-Type: application/json\"\n"
    ++ (if token.isEmpty then "" else "header = " ++ quoted ("Authorization: Bearer " ++ token) ++ "\n")
    ++ "noproxy = \"localhost,127.0.0.1\"\nsilent\nshow-error\n"
where
  /-- Quotes and backslashes are escaped in JSON as they are for `curl`; a body of JSON has nothing else. -/
  quoted (value : String) : String := (Json.str value).compress

/-- The end of a task; as soon as the editor does not want this elaboration any more, `giveUp` is run. -/
partial def waitFor (task : Task (Except IO.Error String)) (giveUp : IO Unit) : CoreM String := do
  if ← IO.hasFinished task then
    match task.get with
    | .ok text => return text
    | .error error => throwError "Prover: {error.toString}"
  match (← read).cancelTk? with
  | some cancel => if ← cancel.isSet then giveUp
  | none => pure ()
  Core.checkInterrupted
  IO.sleep 20
  waitFor task giveUp

def byCurl : Ask := fun route body => do
  let url := (← IO.getEnv "PROVER_URL").getD "http://127.0.0.1:8080"
  let token := (← IO.getEnv "PROVER_TOKEN").getD ""
  let child ← IO.Process.spawn {
    cmd := "curl", args := #["--config", "-"], stdin := .piped, stdout := .piped, stderr := .piped, setsid := true }
  -- Its input ends, and `curl` begins, when nothing refers to it any more.
  let child ← tell child (curlConfig (url ++ route) token body)
  let reading ← IO.asTask child.stdout.readToEnd .dedicated
  let answer ← waitFor reading child.kill
  let complaint ← child.stderr.readToEnd
  if (← child.wait) == 0 then return answer
  throwError "Prover: no answer from {url}: is `prover serve` running? {complaint}"
where
  tell (child : IO.Process.Child { stdin := .piped, stdout := .piped, stderr := .piped }) (text : String) :
      IO (IO.Process.Child { stdin := .null, stdout := .piped, stderr := .piped }) := do
    let (stdin, child) ← child.takeStdin
    stdin.putStr text
    stdin.flush
    return child

/-- Shows the next tactics for the main goal, each already run, and leaves the goal open. -/
syntax (name := suggest) "suggest" : tactic

/-- Searches for a proof of the main goal; where one is found it closes the goal and is shown. -/
syntax (name := proveStx) "prove?" : tactic

@[tactic suggest] def evalSuggest : Tactic := fun stx => suggestAt byCurl stx

@[tactic proveStx] def evalProve : Tactic := fun stx => proveAt byCurl stx

end ProverSuggest
