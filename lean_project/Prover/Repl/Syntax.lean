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
  `Lean.Parser.Command.eval, `Lean.Parser.Term.dbgTrace, `Lean.Parser.Term.evalInsideQuot,
  `Lean.Parser.Tactic.trace, `Mathlib.Meta.eval_expr, `Mathlib.Tactic.Conv.convRun_conv_,
  `Mathlib.Tactic.Conv.runConv, `plausibleSyntax, `plausibleAllGoals, `ProofWidgets.withPanelWidgetsTacticStx]

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

def isWord (stx : Syntax) (word : String) : Bool :=
  match stx with
  | .atom _ s => s == word
  | _ => false

/-- Where in a node the name of an option stands, with the value two places on: in core's parts of a tactic's
configuration, or in the `(config := …)` or `(simp_config := …)` of a tactic with syntax of its own for it. -/
partial def optionAt? (kind : Name) (args : Array Syntax) (i : Nat) : Option Nat :=
  if kind == `Lean.Parser.Tactic.posConfigItem || kind == `Lean.Parser.Tactic.negConfigItem
      || kind == `Lean.Parser.Tactic.valConfigItem || kind == `Lean.Parser.Tactic.config then some 1
  else match args[i]?, args[i + 1]?, args[i + 2]? with
    | some opening, some word, some assign =>
      if isWord opening "(" && isWord assign ":=" && (isWord word "config" || isWord word "simp_config") then
        some (i + 1)
      else optionAt? kind args (i + 1)
    | _, _, _ => none

def hasPart (n : Name) (part : String) : Bool :=
  match n with
  | .str p s => s == part || hasPart p part
  | .num p _ => hasPart p part
  | .anonymous => false

/-- Whether a tree names `native`: as an option, or as a field of a structure of options. -/
partial def mentionsNative (stx : Syntax) : Bool :=
  match stx with
  | .ident _ _ n _ => hasPart n "native"
  | .node _ _ args => any args 0
  | _ => false
where
  any (args : Array Syntax) (i : Nat) : Bool :=
    match args[i]? with
    | some a => mentionsNative a || any args (i + 1)
    | none => false

/-- `decide +native`, `(native := true)` and `(config := { native := true })` ask for the compiler's word. -/
def nativeItem (kind : Name) (args : Array Syntax) : Bool :=
  match optionAt? kind args 0 with
  | some i => kind != `Lean.Parser.Tactic.negConfigItem && (there args[i]? || there args[i + 2]?)
  | none => false
where
  there (stx : Option Syntax) : Bool :=
    match stx with
    | some stx => mentionsNative stx
    | none => false

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
