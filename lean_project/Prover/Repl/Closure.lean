module

public import Prover.Repl.Command
public import Prover.Repl.Restore
public import Prover.Repl.Syntax

/-! What a constant rests on: the axioms, and the constants that the kernel is to check again. -/

public section

open Lean Elab Meta

namespace Prover.Repl

/-- Axioms of Lean's own library. Its theorems come without proofs here and look like axioms; those
of this list are the true ones. -/
def libraryAxioms : Array Name := #[
  ``propext, ``Classical.choice, ``Quot.sound, ``sorryAx, `Lean.ofReduceBool, `Lean.ofReduceNat,
  `Lean.trustCompiler]

/-- The roots of the modules that come with Lean. -/
def isLibrary (module : Name) : Bool :=
  match module with
  | .str .anonymous s => s == "Init" || s == "Std" || s == "Lean" || s == "Lake"
  | .str p _ => isLibrary p
  | _ => false

def fromLibrary (env : Environment) (n : Name) : Bool :=
  match env.getModuleIdxFor? n with
  | none => false
  | some i => match env.header.moduleNames[i.toNat]? with
    | some m => isLibrary m
    | none => false

def isAxiom (env : Environment) (info : ConstantInfo) : Bool :=
  match info with
  | .axiomInfo v => !(fromLibrary env v.name) || member libraryAxioms v.name 0
  | _ => false

/-- The axioms that constant `n` rests on, as bits: the `i`-th is that of `users[i]`. -/
partial def bitsOf (k : Known) (n : Name) (i bits : Nat) : Nat :=
  match k.users[i]? with
  | none => bits
  | some (_, users) => bitsOf k n (i + 1) (if users.contains n then bits ||| (1 <<< i) else bits)

partial def axiomIndex? (k : Known) (n : Name) (i : Nat) : Option Nat :=
  match k.users[i]? with
  | none => none
  | some (m, _) => if m == n then some i else axiomIndex? k n (i + 1)

partial def addUser (k : Known) (n : Name) (bits i : Nat) : Known :=
  match k.users[i]? with
  | none => k
  | some (m, users) =>
    if (bits >>> i) % 2 == 1 then
      addUser { k with users := k.users.setIfInBounds i (m, users.insert n) } n bits (i + 1)
    else addUser k n bits (i + 1)

def withAxiom (k : Known) (n : Name) : Known :=
  match axiomIndex? k n 0 with
  | some _ => k
  | none => { k with users := k.users.push (n, {}) }

structure LibraryWalk where
  known : Known
  begun : NameSet := {}
  bits : Nat := 0

mutual

/-- Add to the bits the axioms that constant `n` of `base` rests on. A constant waits for no other that
waits for it, but for the members of a family of types, and those need the same constants. -/
partial def walkLibrary (base : Environment) (n : Name) (w : LibraryWalk) : LibraryWalk :=
  if w.known.walked.contains n then { w with bits := bitsOf w.known n 0 w.bits }
  else if w.begun.contains n then w
  else match base.find? n with
    | none => w
    | some info =>
      let before := w.bits
      let w := walkLibraryAll base (neededBy (base.find? ·) info) 0
        { w with begun := w.begun.insert n, bits := 0 }
      let w := if isAxiom base info then
          let known := withAxiom w.known n
          match axiomIndex? known n 0 with
          | some i => { w with known := known, bits := w.bits ||| (1 <<< i) }
          | none => w
        else w
      let known := addUser { w.known with walked := w.known.walked.insert n } n w.bits 0
      { w with known := known, bits := before ||| w.bits }

partial def walkLibraryAll (base : Environment) (ns : Array Name) (i : Nat) (w : LibraryWalk) : LibraryWalk :=
  match ns[i]? with
  | some n => walkLibraryAll base ns (i + 1) (walkLibrary base n w)
  | none => w

end

structure Closure where
  known : Known
  seen : NameSet := {}
  /-- Constants that are not in the base environment, each after those that it needs. -/
  added : Array ConstantInfo := #[]
  axioms : Array Name := #[]

partial def pushAxioms (k : Known) (bits i : Nat) (acc : Array Name) : Array Name :=
  match k.users[i]? with
  | none => acc
  | some (n, _) =>
    let acc := if (bits >>> i) % 2 == 1 && !(member acc n 0) then acc.push n else acc
    pushAxioms k bits (i + 1) acc

/-- Everything that constant `n` of `env` rests on. What is in `base` is looked up there, and nowhere else:
nothing that came after it can change it. A new axiom is one whatever its name: a module has names, of code, under
which it has no constant. -/
partial def close (base env : Environment) (n : Name) (c : Closure) : Closure :=
  if c.seen.contains n then c
  else
    let c := { c with seen := c.seen.insert n }
    if base.contains n && (base.getModuleIdxFor? n).isSome then
      let w := walkLibrary base n { known := c.known }
      { c with known := w.known, axioms := pushAxioms w.known w.bits 0 c.axioms }
    else
      let isNew := !base.contains n
      match if isNew then env.find? n else base.find? n with
      | none => c
      | some info =>
        let source : Source := fun n => if base.contains n then base.find? n else env.find? n
        let c := closeAll base env (neededBy source info) 0 c
        let c := if isNew then { c with added := c.added.push info } else c
        if isNewAxiom isNew info || isAxiom base info then { c with axioms := c.axioms.push n } else c
where
  isNewAxiom (isNew : Bool) (info : ConstantInfo) : Bool :=
    match info with
    | .axiomInfo _ => isNew
    | _ => false
  closeAll (base env : Environment) (ns : Array Name) (i : Nat) (c : Closure) : Closure :=
    match ns[i]? with
    | some n => closeAll base env ns (i + 1) (close base env n c)
    | none => c

def knownKey (env : Environment) : String :=
  importKey env.header.imports 0 (if env.header.isModule then "module\n" else "")

partial def findKnown? (entries : List (String × Known)) (key : String) : Option Known :=
  match entries with
  | [] => none
  | (k, known) :: rest => if k == key then some known else findKnown? rest key

/-- What is known of the imports of `base` in this process. -/
def knownOf (s : Server) (base : Environment) : IO Known := do
  let st ← s.state.get
  match findKnown? st.known (knownKey base) with
  | some known => return known
  | none => return {}

def rememberKnown (s : Server) (base : Environment) (known : Known) : IO Unit := do
  let st ← s.state.get
  let key := knownKey base
  s.state.set { st with known := [(key, known)] }

def standardAxioms : Array Name := #[``propext, ``Classical.choice, ``Quot.sound]

partial def firstDisallowed (allowed : Array Name) (found : Array Name) (i : Nat) : Option Name :=
  match found[i]? with
  | none => none
  | some n => if member allowed n 0 then firstDisallowed allowed found (i + 1) else some n

/-- Whether two constants of one name are the same but for their values. -/
def sameType (a b : ConstantInfo) : Bool :=
  a.type == b.type && sameNames a.levelParams b.levelParams
where
  sameNames (a b : List Name) : Bool :=
    match a, b with
    | [], [] => true
    | x :: xs, y :: ys => x == y && sameNames xs ys
    | _, _ => false

/-- Check the new constants again, one after the other, in a kernel environment of our own. What the kernel
makes itself (constructors, recursors) must be what stands in the other environment. -/
partial def replay (kenv : Kernel.Environment) (from? : Source) (cancel : IO.CancelToken)
    (cs : Array ConstantInfo) (i : Nat) : IO (Option String) := do
  match cs[i]? with
  | none => return none
  | some info => match kenv.find? info.name, declarationOf? from? info with
    | some made, _ =>
      if sameType made info then replay kenv from? cancel cs (i + 1)
      else return some ("the kernel makes another " ++ nameText info.name ++ " than the proof uses")
    | none, none =>
      return some ("the proof declares " ++ nameText info.name ++ ", which the kernel cannot check again")
    | none, some d => match kenv.addDecl {} d (some cancel) with
      | .ok kenv => replay kenv from? cancel cs (i + 1)
      | .error e => do
        let text ← (e.toMessageData {}).toString
        return some ("the kernel refuses " ++ nameText info.name ++ ": " ++ text)

end Prover.Repl
