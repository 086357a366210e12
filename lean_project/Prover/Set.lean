module

public import Init

/-! Sets, bounds and the notations of miniF2F's statements that speak of them, on core Lean alone. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u v

/-- Mathlib's notation for the natural numbers. -/
notation "ℕ" => Nat
/-- Mathlib's notation for the integers. -/
notation "ℤ" => Int
/-- Mathlib's notation for the rational numbers (`Rat` is core's; Mathlib uses the same type). -/
notation "ℚ" => Rat

/-- Mathlib's `ExistsUnique`: there is a witness, and every witness equals it. -/
def ExistsUnique {α : Sort u} (p : α → Prop) : Prop := ∃ x, p x ∧ ∀ y, p y → y = x

/-- Mathlib's `∃! x, p x`. -/
syntax (name := existsUniqueStx) "∃! " ident (" : " term)? ", " term : term
macro_rules
  | `(∃! $x:ident, $p) => `(ExistsUnique fun $x:ident => $p)
  | `(∃! $x:ident : $t, $p) => `(ExistsUnique fun $x:ident : $t => $p)

/-- Mathlib's `Set`: a set is its membership predicate. -/
def Set (α : Type u) := α → Prop

/-- Mathlib's `setOf`: the set of all `x` with `p x`. -/
def setOf {α : Type u} (p : α → Prop) : Set α := p

/-- Mathlib's set-builder notation `{x | p x}` and `{x : α | p x}`. -/
syntax (name := setBuilderStx) "{" ident (" : " term)? " | " term "}" : term
macro_rules
  | `({ $x:ident | $p }) => `(setOf fun $x:ident => $p)
  | `({ $x:ident : $t | $p }) => `(setOf fun $x:ident : $t => $p)

/-- Mathlib's `{x ∈ s | p x}` on sets. -/
syntax (name := setSepStx) "{" ident " ∈ " term " | " term "}" : term
macro_rules
  | `({ $x:ident ∈ $s | $p }) => `(setOf fun $x:ident => $x:ident ∈ $s ∧ $p)

namespace Set

variable {α : Type u} {β : Type v}

instance : Membership α (Set α) := ⟨fun s a => s a⟩
instance : HasSubset (Set α) := ⟨fun s t => ∀ a, a ∈ s → a ∈ t⟩
instance : LE (Set α) := ⟨fun s t => ∀ a, a ∈ s → a ∈ t⟩
instance : EmptyCollection (Set α) := ⟨fun _ => False⟩
instance : Singleton α (Set α) := ⟨fun a => setOf fun x => x = a⟩
instance : Insert α (Set α) := ⟨fun a s => setOf fun x => x = a ∨ x ∈ s⟩
instance : Union (Set α) := ⟨fun s t => setOf fun x => x ∈ s ∨ x ∈ t⟩
instance : Inter (Set α) := ⟨fun s t => setOf fun x => x ∈ s ∧ x ∈ t⟩
instance : SDiff (Set α) := ⟨fun s t => setOf fun x => x ∈ s ∧ x ∉ t⟩
/-- A set used as a type is the subtype of its members, as in Mathlib. -/
instance : CoeSort (Set α) (Type u) := ⟨fun s => {x : α // x ∈ s}⟩

/-- Mathlib's `Set.univ`. -/
def univ : Set α := setOf fun _ => True
/-- Mathlib's `Set.image`, written `f '' s`. -/
def image (f : α → β) (s : Set α) : Set β := setOf fun y => ∃ x, x ∈ s ∧ f x = y
/-- Mathlib's `Set.preimage`, written `f ⁻¹' s`. -/
def preimage (f : α → β) (s : Set β) : Set α := setOf fun x => f x ∈ s
/-- Mathlib's `Set.range`. -/
def range {ι : Sort v} (f : ι → α) : Set α := setOf fun y => ∃ x, f x = y
/-- Mathlib's `Set.Nonempty`. -/
protected def Nonempty (s : Set α) : Prop := ∃ x, x ∈ s
/-- Mathlib's complement `sᶜ`. -/
def compl (s : Set α) : Set α := setOf fun x => x ∉ s
/-- Mathlib's `Set.InjOn`. -/
def InjOn (f : α → β) (s : Set α) : Prop := ∀ a, a ∈ s → ∀ b, b ∈ s → f a = f b → a = b

@[inherit_doc] infixl:80 " '' " => Set.image
@[inherit_doc] infixl:80 " ⁻¹' " => Set.preimage
@[inherit_doc] postfix:1024 "ᶜ" => Set.compl

section Intervals
variable [LE α] [LT α]
/-- Mathlib's closed interval. -/
def Icc (a b : α) : Set α := setOf fun x => a ≤ x ∧ x ≤ b
/-- Mathlib's interval, open on the right. -/
def Ico (a b : α) : Set α := setOf fun x => a ≤ x ∧ x < b
/-- Mathlib's interval, open on the left. -/
def Ioc (a b : α) : Set α := setOf fun x => a < x ∧ x ≤ b
/-- Mathlib's open interval. -/
def Ioo (a b : α) : Set α := setOf fun x => a < x ∧ x < b
/-- Mathlib's `Set.Ici`. -/
def Ici (a : α) : Set α := setOf fun x => a ≤ x
/-- Mathlib's `Set.Ioi`. -/
def Ioi (a : α) : Set α := setOf fun x => a < x
/-- Mathlib's `Set.Iic`. -/
def Iic (a : α) : Set α := setOf fun x => x ≤ a
/-- Mathlib's `Set.Iio`. -/
def Iio (a : α) : Set α := setOf fun x => x < a
end Intervals

@[ext] theorem ext {s t : Set α} (h : ∀ x, x ∈ s ↔ x ∈ t) : s = t := funext fun x => propext (h x)

@[simp, grind =] theorem mem_setOf_eq {p : α → Prop} {a : α} : (a ∈ setOf p) = p a := rfl
theorem mem_setOf {p : α → Prop} {a : α} : a ∈ setOf p ↔ p a := Iff.rfl
@[simp, grind =] theorem mem_univ (a : α) : a ∈ (univ : Set α) ↔ True := Iff.rfl
@[simp, grind =] theorem mem_empty_iff_false (a : α) : a ∈ (∅ : Set α) ↔ False := Iff.rfl
@[simp, grind =] theorem mem_singleton_iff {a b : α} : a ∈ ({b} : Set α) ↔ a = b := Iff.rfl
@[simp, grind =] theorem mem_insert_iff {a b : α} {s : Set α} : a ∈ insert b s ↔ a = b ∨ a ∈ s := Iff.rfl
@[simp, grind =] theorem mem_union {a : α} {s t : Set α} : a ∈ s ∪ t ↔ a ∈ s ∨ a ∈ t := Iff.rfl
@[simp, grind =] theorem mem_inter_iff {a : α} {s t : Set α} : a ∈ s ∩ t ↔ a ∈ s ∧ a ∈ t := Iff.rfl
@[simp, grind =] theorem mem_diff {a : α} {s t : Set α} : a ∈ s \ t ↔ a ∈ s ∧ a ∉ t := Iff.rfl
@[simp, grind =] theorem mem_compl_iff {a : α} {s : Set α} : a ∈ sᶜ ↔ a ∉ s := Iff.rfl
@[simp, grind =] theorem mem_image {f : α → β} {s : Set α} {y : β} : y ∈ f '' s ↔ ∃ x, x ∈ s ∧ f x = y := Iff.rfl
@[simp, grind =] theorem mem_preimage {f : α → β} {s : Set β} {x : α} : x ∈ f ⁻¹' s ↔ f x ∈ s := Iff.rfl
@[simp, grind =] theorem mem_range {ι : Sort v} {f : ι → α} {y : α} : y ∈ range f ↔ ∃ x, f x = y := Iff.rfl
theorem subset_def {s t : Set α} : s ⊆ t ↔ ∀ x, x ∈ s → x ∈ t := Iff.rfl

section Intervals
variable [LE α] [LT α] {a b x : α}
@[simp, grind =] theorem mem_Icc : x ∈ Icc a b ↔ a ≤ x ∧ x ≤ b := Iff.rfl
@[simp, grind =] theorem mem_Ico : x ∈ Ico a b ↔ a ≤ x ∧ x < b := Iff.rfl
@[simp, grind =] theorem mem_Ioc : x ∈ Ioc a b ↔ a < x ∧ x ≤ b := Iff.rfl
@[simp, grind =] theorem mem_Ioo : x ∈ Ioo a b ↔ a < x ∧ x < b := Iff.rfl
@[simp, grind =] theorem mem_Ici : x ∈ Ici a ↔ a ≤ x := Iff.rfl
@[simp, grind =] theorem mem_Ioi : x ∈ Ioi a ↔ a < x := Iff.rfl
@[simp, grind =] theorem mem_Iic : x ∈ Iic a ↔ x ≤ a := Iff.rfl
@[simp, grind =] theorem mem_Iio : x ∈ Iio a ↔ x < a := Iff.rfl
end Intervals

/-- Equality of sets is equality of memberships. -/
theorem ext_iff' {s t : Set α} : s = t ↔ ∀ x, x ∈ s ↔ x ∈ t := ⟨fun h => h ▸ fun _ => Iff.rfl, ext⟩

instance decidableMemSetOf {p : α → Prop} {a : α} [h : Decidable (p a)] : Decidable (a ∈ setOf p) := h

end Set

section Bounds
variable {α : Type u} [LE α]

/-- Mathlib's `lowerBounds`. -/
def lowerBounds (s : Set α) : Set α := setOf fun x => ∀ a, a ∈ s → x ≤ a
/-- Mathlib's `upperBounds`. -/
def upperBounds (s : Set α) : Set α := setOf fun x => ∀ a, a ∈ s → a ≤ x
/-- Mathlib's `IsLeast`: a member below every member. -/
def IsLeast (s : Set α) (a : α) : Prop := a ∈ s ∧ a ∈ lowerBounds s
/-- Mathlib's `IsGreatest`: a member above every member. -/
def IsGreatest (s : Set α) (a : α) : Prop := a ∈ s ∧ a ∈ upperBounds s
/-- Mathlib's `IsLUB`. -/
def IsLUB (s : Set α) (a : α) : Prop := IsLeast (upperBounds s) a
/-- Mathlib's `IsGLB`. -/
def IsGLB (s : Set α) (a : α) : Prop := IsGreatest (lowerBounds s) a
/-- Mathlib's `BddAbove`. -/
def BddAbove (s : Set α) : Prop := ∃ x, x ∈ upperBounds s
/-- Mathlib's `BddBelow`. -/
def BddBelow (s : Set α) : Prop := ∃ x, x ∈ lowerBounds s

@[simp, grind =] theorem mem_lowerBounds {s : Set α} {x : α} : x ∈ lowerBounds s ↔ ∀ a, a ∈ s → x ≤ a := Iff.rfl
@[simp, grind =] theorem mem_upperBounds {s : Set α} {x : α} : x ∈ upperBounds s ↔ ∀ a, a ∈ s → a ≤ x := Iff.rfl
@[grind =] theorem isLeast_iff {s : Set α} {a : α} : IsLeast s a ↔ a ∈ s ∧ ∀ b, b ∈ s → a ≤ b := Iff.rfl
@[grind =] theorem isGreatest_iff {s : Set α} {a : α} : IsGreatest s a ↔ a ∈ s ∧ ∀ b, b ∈ s → b ≤ a := Iff.rfl
end Bounds

/-- The least natural number with a property is found by trying those below it. -/
theorem isLeast_nat_iff {p : Nat → Prop} {a : Nat} :
    IsLeast (setOf p) a ↔ p a ∧ ∀ b, b < a → ¬ p b :=
  ⟨fun h => ⟨h.1, fun b hb hp => absurd (h.2 b hp) (Nat.not_le.2 hb)⟩,
   fun h => ⟨h.1, fun b hp => Nat.le_of_not_lt fun hb => h.2 b hb hp⟩⟩

/-- Makes `decide` work on `IsLeast {n : ℕ | p n} a`. -/
instance {p : Nat → Prop} [DecidablePred p] {a : Nat} : Decidable (IsLeast (setOf p) a) :=
  decidable_of_iff _ isLeast_nat_iff.symm

section Maps
variable {α : Type u} {β : Type v}
/-- Mathlib's `Monotone`. -/
def Monotone [LE α] [LE β] (f : α → β) : Prop := ∀ ⦃a b⦄, a ≤ b → f a ≤ f b
/-- Mathlib's `Antitone`. -/
def Antitone [LE α] [LE β] (f : α → β) : Prop := ∀ ⦃a b⦄, a ≤ b → f b ≤ f a
/-- Mathlib's `StrictMono`. -/
def StrictMono [LT α] [LT β] (f : α → β) : Prop := ∀ ⦃a b⦄, a < b → f a < f b
/-- Mathlib's `StrictAnti`. -/
def StrictAnti [LT α] [LT β] (f : α → β) : Prop := ∀ ⦃a b⦄, a < b → f b < f a

/-- Mathlib's `Equiv`: the same four fields in the same order, so that `σ.1` and `σ.2` mean the same maps. -/
structure Equiv (α : Type u) (β : Type v) where
  /-- the map -/
  toFun : α → β
  /-- its inverse -/
  invFun : β → α
  /-- the inverse undoes the map -/
  left_inv : ∀ x, invFun (toFun x) = x
  /-- the map undoes the inverse -/
  right_inv : ∀ y, toFun (invFun y) = y

@[inherit_doc] infixl:25 " ≃ " => Equiv
attribute [simp, grind =] Equiv.left_inv Equiv.right_inv
instance : CoeFun (Equiv α β) fun _ => α → β := ⟨Equiv.toFun⟩
/-- Mathlib's `Equiv.symm`. -/
def Equiv.symm (e : Equiv α β) : Equiv β α := ⟨e.invFun, e.toFun, e.right_inv, e.left_inv⟩
end Maps
