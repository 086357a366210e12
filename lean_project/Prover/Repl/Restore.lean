module

public import Prover.Repl.State

/-! Bringing constants into an environment that lacks them, each checked by the kernel on its way. -/

public section

open Lean Meta

namespace Prover.Repl

/-- Where the constants come from. -/
abbrev Source := Name → Option ConstantInfo

partial def constructorsOf (from? : Source) (names : List Name) : List Constructor :=
  match names with
  | [] => []
  | n :: rest => match from? n with
    | some c => { name := n, type := c.type } :: constructorsOf from? rest
    | none => constructorsOf from? rest

partial def inductiveTypes (from? : Source) (names : List Name) : List InductiveType :=
  match names with
  | [] => []
  | n :: rest => match from? n with
    | some (.inductInfo v) =>
      { name := n, type := v.type, ctors := constructorsOf from? v.ctors } :: inductiveTypes from? rest
    | _ => inductiveTypes from? rest

/-- The declaration that makes constant `c`. None for what comes with another one (constructors and
recursors), and for unsafe and partial code, which proofs cannot use. -/
def declarationOf? (from? : Source) (c : ConstantInfo) : Option Declaration :=
  if c.isUnsafe || c.isPartial then none
  else match c with
  | .axiomInfo v => some (.axiomDecl v)
  | .defnInfo v => some (.defnDecl v)
  | .thmInfo v => some (.thmDecl v)
  | .opaqueInfo v => some (.opaqueDecl v)
  | .inductInfo v => some (.inductDecl v.levelParams v.numParams (inductiveTypes from? v.all) false)
  | _ => none

partial def pushNames (ns : Array Name) (i : Nat) (acc : Array Name) : Array Name :=
  match ns[i]? with
  | some n => pushNames ns (i + 1) (acc.push n)
  | none => acc

partial def pushNameList (ns : List Name) (acc : Array Name) : Array Name :=
  match ns with
  | [] => acc
  | n :: rest => pushNameList rest (acc.push n)

/-- The constants in the types of `names`. -/
partial def usedByTypes (from? : Source) (names : List Name) (acc : Array Name) : Array Name :=
  match names with
  | [] => acc
  | n :: rest => match from? n with
    | some c => usedByTypes from? rest (pushNames c.type.getUsedConstants 0 acc)
    | none => usedByTypes from? rest acc

/-- The constants in the types and constructors of the inductive types `names`. -/
partial def usedByFamily (from? : Source) (names : List Name) (acc : Array Name) : Array Name :=
  match names with
  | [] => acc
  | n :: rest => match from? n with
    | some (.inductInfo v) =>
      usedByFamily from? rest (usedByTypes from? v.ctors (pushNames v.type.getUsedConstants 0 acc))
    | _ => usedByFamily from? rest acc

/-- The constants that must be there before `c`. -/
def neededBy (from? : Source) (c : ConstantInfo) : Array Name :=
  let own := match c.value? (allowOpaque := true) with
    | some v => pushNames v.getUsedConstants 0 c.type.getUsedConstants
    | none => c.type.getUsedConstants
  match c with
  | .inductInfo v => usedByFamily from? v.all own
  | .ctorInfo v => own.push v.induct
  | .recInfo v => pushNameList v.all own
  | _ => own

structure Restoring where
  env : Environment
  /-- Constants that are being added, so that a family of types does not wait for itself. -/
  begun : NameSet := {}

mutual

partial def restoreConstant (from? : Source) (cancel : IO.CancelToken) (c : ConstantInfo) (r : Restoring) :
    IO Restoring := do
  if r.begun.contains c.name || r.env.contains c.name then return r
  let r ← restoreNames from? cancel (neededBy from? c) 0 { r with begun := r.begun.insert c.name }
  if r.env.contains c.name then return r
  match declarationOf? from? c with
  | none => return r
  | some d => match r.env.addDeclCore 0 d (some cancel) with
    | .ok env => return { r with env := env }
    | .error e => do
      let text ← (e.toMessageData {}).toString
      fail ("the kernel refuses " ++ nameText c.name ++ ": " ++ text)

partial def restoreNames (from? : Source) (cancel : IO.CancelToken) (ns : Array Name) (i : Nat)
    (r : Restoring) : IO Restoring := do
  match ns[i]? with
  | none => return r
  | some n =>
    if r.env.contains n then restoreNames from? cancel ns (i + 1) r
    else match from? n with
      | none => restoreNames from? cancel ns (i + 1) r
      | some c => do
        let r ← restoreConstant from? cancel c r
        restoreNames from? cancel ns (i + 1) r

end

/-- `base` with the constants `ns` of `from?`, and what they rest on, where it lacks them. -/
def restore (from? : Source) (cancel : IO.CancelToken) (ns : Array Name) (base : Environment) :
    IO Environment := do
  let r ← restoreNames from? cancel ns 0 { env := base }
  return r.env

end Prover.Repl
