module

public import Prover.Repl.State

/-! What a proof may not contain, decided on the parse tree, never on the text. -/

public section

open Lean

namespace Prover.Repl

/-- Syntax that leaves a hole, runs code at elaboration, reads files, or trusts the compiler. -/
def forbiddenKinds : Array Name := #[
  ``Lean.Parser.Tactic.tacticSorry, ``Lean.Parser.Term.sorry, ``Lean.Parser.Tactic.tacticAdmit,
  `Lean.Parser.Tactic.tacticStop_, `Lean.Parser.Tactic.nativeDecide, `Lean.Parser.Tactic.runTac,
  `Lean.Parser.Term.byElab, `Lean.byElab, `Lean.runTac, `Lean.Parser.Term.unsafe, `Lean.Parser.Term.includeStr,
  `Lean.includeStr, `Lean.Parser.Term.elabToSyntax, `Lean.runElab, `Lean.runMeta, `Lean.runCmd,
  `Lean.Parser.Command.eval, `Lean.Parser.Term.dbgTrace, `Lean.Parser.Term.evalInsideQuot]

partial def member (names : Array Name) (n : Name) (i : Nat) : Bool :=
  match names[i]? with
  | some m => m == n || member names n (i + 1)
  | none => false

/-- Options that a proof may set: those that bound its work, and those that its text depends on. -/
def allowedOptions : Array Name := #[
  `maxHeartbeats, `maxRecDepth, `synthInstance.maxHeartbeats, `synthInstance.maxSize, `maxSynthPendingDepth,
  `exponentiation.threshold, `autoImplicit, `relaxedAutoImplicit]

/-- Families of options of which a proof may set any: how texts are printed and criticised. -/
def allowedOptionRoots : Array String := #["linter", "pp", "backward"]

def rootOf (n : Name) : String :=
  match n with
  | .str .anonymous s => s
  | .str p _ => rootOf p
  | .num p _ => rootOf p
  | .anonymous => ""

partial def allowedOption (n : Name) : Bool :=
  member allowedOptions n 0 || isRoot 0
where
  isRoot (i : Nat) : Bool :=
    match allowedOptionRoots[i]? with
    | some s => s == rootOf n || isRoot (i + 1)
    | none => false

/-- `decide +native` and `(native := true)` ask for the compiler's word. -/
def nativeItem (kind : Name) (args : Array Syntax) : Bool :=
  match kind with
  | `Lean.Parser.Tactic.posConfigItem => match args[1]? with
    | some id => id.getId == `native
    | none => false
  | `Lean.Parser.Tactic.valConfigItem => match args[1]? with
    | some id => id.getId == `native
    | none => false
  | _ => false

def badOption (kind : Name) (args : Array Syntax) : Bool :=
  if kind == `Lean.Parser.Tactic.set_option || kind == `Lean.Parser.Term.set_option
      || kind == `Lean.Parser.Command.set_option then
    match args[1]? with
    | some id => !(allowedOption id.getId)
    | none => true
  else false

mutual

/-- The first forbidden node of a tree, with the name that a user is told. -/
partial def forbiddenNode? (stx : Syntax) : Option (String × Syntax) :=
  match stx with
  | .node _ kind args =>
    if member forbiddenKinds kind 0 then some (nameText kind, stx)
    else if nativeItem kind args then some ("native evaluation", stx)
    else if badOption kind args then some ("set_option of an option that a proof may not set", stx)
    else forbiddenIn? args 0
  | _ => none

partial def forbiddenIn? (args : Array Syntax) (i : Nat) : Option (String × Syntax) :=
  match args[i]? with
  | none => none
  | some a => match forbiddenNode? a with
    | some found => some found
    | none => forbiddenIn? args (i + 1)

end

/-- What forbidden syntax a tree holds, by the name that a user is told. -/
def forbidden? (stx : Syntax) : Option String :=
  match forbiddenNode? stx with
  | some (what, _) => some what
  | none => none

mutual

partial def mentionsSorry (stx : Syntax) : Bool :=
  match stx with
  | .node _ kind args =>
    kind == ``Lean.Parser.Tactic.tacticSorry || kind == ``Lean.Parser.Term.sorry || anySorry args 0
  | _ => false

partial def anySorry (args : Array Syntax) (i : Nat) : Bool :=
  match args[i]? with
  | none => false
  | some a => mentionsSorry a || anySorry args (i + 1)

end

end Prover.Repl
