module

public import Prover.Repl.Json

/-! Lean's messages as JSON. -/

public section

open Lean

namespace Prover.Repl

def severityName : MessageSeverity → String
  | .information => "info"
  | .warning => "warning"
  | .error => "error"

def trimmed (s : String) : String := s.trimAscii.toString

def message (m : Message) : IO Json := do
  let text ← m.data.toString
  let endPos := match m.endPos with
    | some p => position p
    | none => Json.null
  return object #[("severity", Json.str (severityName m.severity)), ("pos", position m.pos),
    ("endPos", endPos), ("data", Json.str (trimmed text))]

partial def messages (ms : List Message) (acc : Array Json) : IO (Array Json) := do
  match ms with
  | [] => return acc
  | m :: rest => do
    let j ← message m
    messages rest (acc.push j)

end Prover.Repl
