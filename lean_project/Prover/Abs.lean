module

public import Prover.Set

/-! Absolute value and floor, for the integers, the rationals and every ordered field that has them. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u

/-- The types with Mathlib's absolute value `abs a = a ⊔ -a`; in a linear order that is what the two fields say. -/
class Abs (α : Type u) [Neg α] [LE α] [OfNat α 0] where
  /-- the absolute value -/
  abs' : α → α
  abs_of_nonneg' : ∀ a : α, 0 ≤ a → abs' a = a
  abs_of_nonpos' : ∀ a : α, a ≤ 0 → abs' a = -a

/-- Mathlib's `abs`. -/
def abs {α : Type u} [Neg α] [LE α] [OfNat α 0] [Abs α] (a : α) : α := Abs.abs' a

/-- Mathlib's `|a|`. -/
macro:max atomic("|" noWs) a:term noWs "|" : term => `(abs $a)

/-- Shows the absolute value as Mathlib does. -/
@[app_unexpander abs] meta def unexpandAbs : Lean.PrettyPrinter.Unexpander
  | `($_ $a) => `(|$a|)
  | _ => throw ()

instance : Abs Int where
  abs' a := if 0 ≤ a then a else -a
  abs_of_nonneg' a h := by simp [h]
  abs_of_nonpos' a h := by by_cases e : 0 ≤ a <;> simp [e]; omega

instance : Abs Rat where
  abs' a := if 0 ≤ a then a else -a
  abs_of_nonneg' a h := by simp [h]
  abs_of_nonpos' a h := by by_cases e : 0 ≤ a <;> simp [e]; grind

section
variable {α : Type u} [Neg α] [LE α] [OfNat α 0] [Abs α] {a : α}
theorem abs_of_nonneg (h : 0 ≤ a) : abs a = a := Abs.abs_of_nonneg' a h
theorem abs_of_nonpos (h : a ≤ 0) : abs a = -a := Abs.abs_of_nonpos' a h
end

namespace Int
protected theorem abs_def (a : Int) : abs a = if 0 ≤ a then a else -a := rfl
/-- The absolute value by cases: what linear arithmetic needs to know of it. -/
protected theorem abs_cases (a : Int) : 0 ≤ a ∧ abs a = a ∨ a < 0 ∧ abs a = -a := by
  by_cases h : 0 ≤ a
  · exact Or.inl ⟨h, _root_.abs_of_nonneg h⟩
  · exact Or.inr ⟨by omega, _root_.abs_of_nonpos (by omega)⟩
grind_pattern Int.abs_cases => abs a
theorem abs_eq_natAbs (a : Int) : abs a = a.natAbs := by have := Int.abs_cases a; omega
theorem natCast_natAbs' (a : Int) : (a.natAbs : Int) = abs a := (abs_eq_natAbs a).symm
end Int

namespace Rat
protected theorem abs_def (a : Rat) : abs a = if 0 ≤ a then a else -a := rfl
/-- The absolute value by cases. -/
protected theorem abs_cases (a : Rat) : 0 ≤ a ∧ abs a = a ∨ a < 0 ∧ abs a = -a := by
  by_cases h : 0 ≤ a
  · exact Or.inl ⟨h, _root_.abs_of_nonneg h⟩
  · exact Or.inr ⟨by grind, _root_.abs_of_nonpos (by grind)⟩
grind_pattern Rat.abs_cases => abs a
end Rat

/-- Mathlib's `FloorRing`: the types with an integer part, by its Galois connection. -/
class FloorRing (α : Type u) [LE α] [IntCast α] where
  /-- the integer part -/
  floor : α → Int
  le_floor' : ∀ (z : Int) (a : α), z ≤ floor a ↔ (z : α) ≤ a

instance : FloorRing Rat where
  floor := Rat.floor
  le_floor' _ _ := Rat.le_floor_iff

section
variable {α : Type u} [LE α] [IntCast α] [FloorRing α]
/-- Mathlib's `Int.floor`. -/
def Int.floor (a : α) : Int := FloorRing.floor a
/-- Mathlib's `Int.ceil`: by `Int.ceil a = -Int.floor (-a)`. -/
def Int.ceil [Neg α] (a : α) : Int := -Int.floor (-a)
/-- Mathlib's `Int.fract`. -/
def Int.fract [Sub α] (a : α) : α := a - (Int.floor a : α)
/-- Mathlib's `Nat.floor`: 0 below 0. -/
def Nat.floor (a : α) : Nat := (Int.floor a).toNat
/-- Mathlib's `Nat.ceil`: 0 below 0. -/
def Nat.ceil [Neg α] (a : α) : Nat := (Int.ceil a).toNat
@[inherit_doc] notation "⌊" a "⌋" => Int.floor a
@[inherit_doc] notation "⌈" a "⌉" => Int.ceil a
@[inherit_doc] notation "⌊" a "⌋₊" => Nat.floor a
@[inherit_doc] notation "⌈" a "⌉₊" => Nat.ceil a
theorem Int.le_floor {z : Int} {a : α} : z ≤ Int.floor a ↔ (z : α) ≤ a := FloorRing.le_floor' z a
end
