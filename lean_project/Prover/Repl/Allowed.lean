module

public import Prover.Repl.Syntax

/-! Which commands a stranger's file may hold beside its proofs: none that runs code of the file itself. -/

public section

open Lean

namespace Prover.Repl

def allowedCommands : Array Name := #[
  `Lean.Parser.Command.namespace, `Lean.Parser.Command.section, `Lean.Parser.Command.end,
  `Lean.Parser.Command.open, `Lean.Parser.Command.export, `Lean.Parser.Command.variable,
  `Lean.Parser.Command.universe, `Lean.Parser.Command.omit, `Lean.Parser.Command.include,
  `Lean.Parser.Command.set_option, `Lean.Parser.Command.attribute, `Lean.Parser.Command.deriving,
  `Lean.Parser.Command.moduleDoc, `Lean.Parser.Command.addDocString, `Lean.Parser.Command.check,
  `Lean.Parser.Command.print, `Lean.Parser.Command.printAxioms, `Lean.Parser.Command.notation,
  `Lean.Parser.Command.mixfix, `Lean.Parser.Command.syntax, `Lean.Parser.Command.syntaxAbbrev,
  `Lean.Parser.Command.syntaxCat, `Lean.Parser.Command.macro, `Lean.Parser.Command.macro_rules,
  `lemma, `Batteries.Tactic.Alias.alias, `Mathlib.Notation3.notation3]

/-- What a `declaration` may declare. No axioms, and nothing opaque: a proof needs neither. -/
def allowedDeclarations : Array Name := #[
  ``Lean.Parser.Command.theorem, `Lean.Parser.Command.definition, `Lean.Parser.Command.abbrev,
  `Lean.Parser.Command.instance, `Lean.Parser.Command.example, `Lean.Parser.Command.inductive,
  `Lean.Parser.Command.structure, `Lean.Parser.Command.classInductive]

def refusedModifiers : Array Name := #[`Lean.Parser.Command.unsafe, `Lean.Parser.Command.partial]

/-- Attributes that tell automation what to use a fact for. None gives a declaration other code to run. -/
def allowedAttributes : Array Name := #[
  `simp, `ext, `refl, `symm, `trans, `congr, `grind, `norm_cast, `push_cast, `gcongr, `positivity, `mono,
  `simps, `to_additive, `aesop, `fun_prop, `measurability, `continuity, `reducible, `irreducible,
  `semireducible, `instance, `inline, `noinline, `specialize, `nospecialize, `always_inline,
  `macro_inline, `elab_as_elim, `match_pattern, `induction_eliminator, `cases_eliminator, `nolint, `deprecated,
  `expose, `class, `coe, `default_instance, `push, `bound, `simp_intro, `nontriviality, `field_simps,
  `Lean.Parser.Attr.simp, `Lean.Parser.Attr.instance, `Lean.Parser.Attr.defaultInstance,
  `Lean.Parser.Attr.grind, `Lean.Parser.Attr.ext, `Lean.Parser.Attr.class, `Lean.Parser.Attr.recursor,
  `Lean.Parser.Attr.deprecated, `Lean.Parser.Attr.coe, `Lean.Attr.coe, `Lean.Parser.Attr.norm_cast,
  `Lean.deprecated, `Lean.Elab.Tactic.Ext.ext]

def lastPart (n : Name) : String :=
  match n with
  | .str _ s => s
  | _ => ""

/-- Quotations of terms, tactics and what else a proof is made of. Those of commands are not among them: a macro
for a command would replace one that is allowed by one that is not. The kinds are Lean's own, in full: a
stranger's syntax may bear any last name. -/
def quotations : Array Name := #[
  `Lean.Parser.Term.quot, `Lean.Parser.Tactic.quot, `Lean.Parser.Tactic.quotSeq, `Lean.Parser.Term.dynamicQuot]

def isQuotation (stx : Syntax) : Bool := member quotations stx.getKind 0

/-- Categories in which a solution may add no syntax and quote none: commands and attributes are judged by their
kind, and a macro would make another of it. -/
def closedCategories : Array Name := #[`command, `attr]

def isClosed (category : Syntax) : Bool := member closedCategories category.getId 0

def newCommand : String := "a solution may not make or quote commands and attributes"

/-- Syntax of a solution that would stand for a command or an attribute, or pass for a quotation. -/
def badSyntax? (stx : Syntax) : Option String :=
  match stx with
  | .node _ kind args => match kind with
    | `Lean.Parser.Command.quot => some newCommand
    | `Lean.Parser.Term.dynamicQuot => if isClosed (stx.getArg 1) then some newCommand else none
    | `Lean.Parser.Command.macroTail => if isClosed (stx.getArg 1) then some newCommand else none
    | `Lean.Parser.Command.syntax => if isClosed (stx.getArg (args.size - 1)) then some newCommand else none
    | `Lean.Parser.Command.namedName =>
      if isQuotationName (lastPart (stx.getArg 3).getId) then some "syntax of a solution may not be named like a quotation"
      else none
    | _ => none
  | _ => none
where
  isQuotationName (s : String) : Bool := s == "quot" || s == "quotSeq" || s == "dynamicQuot"

def attributeName (attr : Syntax) : Name :=
  if attr.getKind == `Lean.Parser.Attr.simple then (attr.getArg 0).getId else attr.getKind

partial def firstAtom? (stx : Syntax) : Option String :=
  match stx with
  | .atom _ s => some s
  | .node _ kind args =>
    if kind == `Lean.Parser.Command.docComment || kind == `Lean.Parser.Term.attributes then none else first args 0
  | _ => none
where
  first (args : Array Syntax) (i : Nat) : Option String :=
    match args[i]? with
    | none => none
    | some a => match firstAtom? a with
      | some s => some s
      | none => first args (i + 1)

/-- How a user knows a piece of syntax: by its first word. -/
def wordOf (stx : Syntax) : String :=
  match firstAtom? stx with
  | some s => s
  | none => nameText stx.getKind

/-- The first node of the tree of which `bad` says what is wrong. -/
partial def firstBad? (bad : Syntax → Option String) (stx : Syntax) : Option (String × Syntax) :=
  match bad stx with
  | some why => some (why, stx)
  | none => match stx with
    | .node _ _ args => first args 0
    | _ => none
where
  first (args : Array Syntax) (i : Nat) : Option (String × Syntax) :=
    match args[i]? with
    | none => none
    | some a => match firstBad? bad a with
      | some found => some found
      | none => first args (i + 1)

def badModifier? (stx : Syntax) : Option String :=
  if member refusedModifiers stx.getKind 0 then some ("`" ++ wordOf stx ++ "` may not stand in a solution")
  else if stx.getKind == `Lean.Parser.Term.attrInstance then
    let name := attributeName (stx.getArg 1)
    if member allowedAttributes name 0 then none
    else some ("the attribute `" ++ wordOrName (stx.getArg 1) name ++ "` may not stand in a solution")
  else none
where
  wordOrName (attr : Syntax) (name : Name) : String :=
    if attr.getKind == `Lean.Parser.Attr.simple then nameText name else wordOf attr

/-- Names by which a text could have code run that is not seen as such: a false fact, under which compiled code
reads any memory, the mark of an argument that a tactic fills in, whose tactic could be computed, and actions. -/
def refusedNames : Array String := #[
  "sorryAx", "autoParam", "Lean", "IO", "EIO", "BaseIO", "RealWorld", "FilePath"]

partial def refusedPart? (n : Name) : Bool :=
  match n with
  | .str p s => isRefused s 0 || refusedPart? p
  | .num p _ => refusedPart? p
  | .anonymous => false
where
  isRefused (s : String) (i : Nat) : Bool :=
    match refusedNames[i]? with
    | some r => r == s || isRefused s (i + 1)
    | none => s.startsWith "unsafe"

/-- Values that a configuration may name. -/
def plainNames : Array Name := #[`true, `false, `none, `some, `all, `default, `reducible, `instances]

def plainKinds : Array Name := #[
  `null, `num, `hygieneInfo, `Lean.Parser.Term.structInst, `Lean.Parser.Term.structInstFields,
  `Lean.Parser.Term.structInstField, `Lean.Parser.Term.structInstFieldDef, `Lean.Parser.Term.optEllipsis,
  `Lean.Parser.Term.dotIdent, `Lean.Parser.Term.paren, `Lean.Parser.Term.app]

/-- Whether a term is written out in full: numbers, truth values and structures of them. -/
partial def isPlain (stx : Syntax) : Bool :=
  match stx with
  | .ident _ _ n _ => member plainNames n 0
  | .node _ kind args =>
    kind == `Lean.Parser.Term.structInstLVal
      || (member plainKinds kind 0 && !(isAbbreviated kind (stx.getArg 1)) && all args 0)
  | _ => true
where
  /-- `{ x }` stands for `{ x := x }`, whatever `x` is. -/
  isAbbreviated (kind : Name) (value : Syntax) : Bool :=
    kind == `Lean.Parser.Term.structInstField && value.getNumArgs == 0
  all (args : Array Syntax) (i : Nat) : Bool :=
    match args[i]? with
    | some a => isPlain a && all args (i + 1)
    | none => true

/-- What could run code though it does not look like it. A tactic's configuration is evaluated by the
interpreter, so it must be written out. -/
def hiddenCode? (stx : Syntax) : Option String :=
  match stx with
  | .ident _ _ n _ =>
    if refusedPart? n && !((`Lean.Grind).isPrefixOf n) then some ("`" ++ nameText n ++ "` may not stand in a proof")
    else none
  | .node _ kind args =>
    match optionAt? kind args 0 with
    | none => none
    | some i =>
      if !(isPlain (stx.getArg (i + 2))) then
        some "a configuration may hold only numbers, truth values and structures of them"
      else if (stx.getArg i).getNumArgs != 0 then some "a configuration must name what it sets"
      else none
  | _ => none

/-- A macro may be a text that stands for another; one that computes what it stands for is code. -/
partial def computes? (stx : Syntax) : Option String :=
  if stx.getKind == `antiquotNestedExpr then some "a macro of a solution may not compute what it stands for"
  else if stx.getKind == `Lean.Parser.Term.matchAlt then
    if isQuotation (stx.getArg 3) && areQuotations (stx.getArg 1) then none
    else some "a macro of a solution must be a quotation"
  else none
where
  /-- What is matched too: a pattern without a quotation would match syntax of any kind. -/
  areQuotations (patterns : Syntax) : Bool :=
    match patterns with
    | .atom .. => true
    | .node _ kind args => isQuotation patterns || (kind == nullKind && all args 0)
    | _ => false
  all (args : Array Syntax) (i : Nat) : Bool :=
    match args[i]? with
    | some a => areQuotations a && all args (i + 1)
    | none => true

/-- The term that a `macro` stands for. -/
partial def macroBody (stx : Syntax) : Syntax :=
  if isQuotation stx then stx
  else match stx with
  | .node _ kind args => match args[args.size - 1]? with
    | some last => if kind == `Lean.Parser.Command.macro || lastPart kind == "macroTail" || lastPart kind == "macroRhs"
        || kind == nullKind then macroBody last else stx
    | none => stx
  | _ => stx

mutual

/-- Why a solution may not hold command `stx`, and where in it the reason stands. -/
partial def badCommand? (stx : Syntax) : Option (String × Syntax) :=
  let kind := stx.getKind
  if kind == `Lean.Parser.Command.in then
    match badCommand? (stx.getArg 0) with
    | some bad => some bad
    | none => badCommand? (stx.getArg 2)
  else if kind == `Lean.Parser.Command.mutual then badCommands? (stx.getArg 1).getArgs 0
  else if kind == ``Lean.Parser.Command.declaration then
    if member allowedDeclarations (stx.getArg 1).getKind 0 then none else refused (stx.getArg 1)
  else if kind == `Lean.Parser.Command.macro && !(isQuotation (macroBody stx)) then
    some ("a macro of a solution must be a quotation", stx)
  else if kind == `Lean.Parser.Command.macro || kind == `Lean.Parser.Command.macro_rules then
    firstBad? computes? stx
  else if member allowedCommands kind 0 then none
  else refused stx
where
  refused (stx : Syntax) : Option (String × Syntax) :=
    some ("a solution may not use `" ++ wordOf stx ++ "`", stx)

partial def badCommands? (stxs : Array Syntax) (i : Nat) : Option (String × Syntax) :=
  match stxs[i]? with
  | none => none
  | some stx => match badCommand? stx with
    | some bad => some bad
    | none => badCommands? stxs (i + 1)

end

/-- Why a solution may not hold `stx`: its kind, its attributes and modifiers, or forbidden syntax in it. -/
def refusal? (stx : Syntax) : Option (String × Syntax) :=
  match forbiddenNode? stx, badCommand? stx, firstBad? badModifier? stx, firstBad? badSyntax? stx with
  | some (what, node), _, _, _ =>
    some (if member forbiddenKinds node.getKind 0 then "`" ++ wordOf node ++ "` may not stand in a proof" else what, node)
  | _, some bad, _, _ => some bad
  | _, _, some bad, _ => some bad
  | _, _, _, some bad => some bad
  | none, none, none, none => firstBad? hiddenCode? stx

end Prover.Repl
