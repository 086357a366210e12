module

public import Lean

/-! Reading requests and writing replies: small helpers over `Lean.Json`. -/

public section

open Lean

namespace Prover.Repl

/-- Fields of a reply, in order; empty optional ones are simply not added. -/
abbrev Fields := Array (String × Json)

partial def fieldList (fs : Fields) (i : Nat) : List (String × Json) :=
  match fs[i]? with
  | some f => f :: fieldList fs (i + 1)
  | none => []

def object (fs : Fields) : Json := Json.mkObj (fieldList fs 0)

def nat (n : Nat) : Json := Json.num (JsonNumber.fromNat n)

/-- `fs` with array field `key`, unless it is empty. -/
def addNonempty (fs : Fields) (key : String) (items : Array Json) : Fields :=
  if items.size == 0 then fs else fs.push (key, Json.arr items)

def str? (j : Json) (key : String) : Option String :=
  match j.getObjVal? key with
  | .ok (.str s) => some s
  | _ => none

def nat? (j : Json) (key : String) : Option Nat :=
  match j.getObjVal? key with
  | .ok v => match v.getNat? with
    | .ok n => some n
    | .error _ => none
  | .error _ => none

def bool? (j : Json) (key : String) : Option Bool :=
  match j.getObjVal? key with
  | .ok (.bool b) => some b
  | _ => none

def flag (j : Json) (key : String) : Bool :=
  match j.getObjVal? key with
  | .ok (.bool b) => b
  | _ => false

def has (j : Json) (key : String) : Bool :=
  match j.getObjVal? key with
  | .ok .null => false
  | .ok _ => true
  | .error _ => false

def items (j : Json) (key : String) : Array Json :=
  match j.getObjVal? key with
  | .ok (.arr a) => a
  | _ => #[]

/-- `{"line": from 1, "column": from 0 in code points}`. -/
def position (p : Position) : Json := object #[("line", nat p.line), ("column", nat p.column)]

end Prover.Repl
