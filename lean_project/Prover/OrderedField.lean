module

public import Prover.Abs
public import Prover.BigOperators
public import Prover.NumberTheory

/-! Casts into a field, and absolute value in every ordered field. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u

open Lean.Grind

attribute [instance low] Lean.Grind.Semiring.natCast Lean.Grind.Ring.intCast

/-- Mathlib's `RatCast`: the types that the rational numbers map into. -/
class RatCast (K : Type u) where
  /-- the image of a rational number -/
  ratCast : Rat → K

/-- The image of a rational number, as Mathlib's `Rat.cast`. -/
@[coe] def Rat.cast {K : Type u} [RatCast K] (q : Rat) : K := RatCast.ratCast q
instance {K : Type u} [RatCast K] : CoeTail Rat K := ⟨Rat.cast⟩
instance {K : Type u} [RatCast K] : CoeHTCT Rat K := ⟨Rat.cast⟩
/-- In a field a rational number is its numerator over its denominator (Mathlib: `Rat.cast_def`). -/
instance (priority := low) {K : Type u} [Field K] : RatCast K := ⟨fun q => (q.num : K) / (q.den : K)⟩
theorem Rat.cast_def {K : Type u} [Field K] (q : Rat) : (q : K) = (q.num : K) / (q.den : K) := rfl

section Cast
variable {R : Type u} [CommRing R]
@[simp, norm_cast] theorem Nat.cast_zero : ((0 : Nat) : R) = 0 := Semiring.natCast_zero
@[simp, norm_cast] theorem Nat.cast_one : ((1 : Nat) : R) = 1 := Semiring.natCast_one
@[simp, norm_cast] theorem Nat.cast_ofNat {n : Nat} : ((OfNat.ofNat n : Nat) : R) = OfNat.ofNat n :=
  (Semiring.ofNat_eq_natCast n).symm
@[simp, norm_cast] theorem Nat.cast_add (a b : Nat) : ((a + b : Nat) : R) = a + b := Semiring.natCast_add a b
@[simp, norm_cast] theorem Nat.cast_mul (a b : Nat) : ((a * b : Nat) : R) = a * b := Semiring.natCast_mul a b
@[simp, norm_cast] theorem Nat.cast_pow (a b : Nat) : ((a ^ b : Nat) : R) = (a : R) ^ b := Semiring.natCast_pow a b
theorem Nat.cast_succ (n : Nat) : ((n.succ : Nat) : R) = n + 1 := Semiring.natCast_succ n
@[norm_cast] theorem Nat.cast_sub {a b : Nat} (h : b ≤ a) : ((a - b : Nat) : R) = a - b := by
  have e : ((a - b + b : Nat) : R) = a := by rw [Nat.sub_add_cancel h]
  rw [Nat.cast_add] at e; grind
@[simp, norm_cast] theorem Int.cast_zero : ((0 : Int) : R) = 0 := Ring.intCast_zero
@[simp, norm_cast] theorem Int.cast_one : ((1 : Int) : R) = 1 := Ring.intCast_one
@[simp, norm_cast] theorem Int.cast_ofNat {n : Nat} : ((OfNat.ofNat n : Int) : R) = OfNat.ofNat n :=
  Ring.intCast_ofNat n
@[simp, norm_cast] theorem Int.cast_natCast (n : Nat) : ((n : Int) : R) = n := Ring.intCast_natCast n
@[simp, norm_cast] theorem Int.cast_neg (a : Int) : ((-a : Int) : R) = -a := Ring.intCast_neg a
@[simp, norm_cast] theorem Int.cast_add (a b : Int) : ((a + b : Int) : R) = a + b := Ring.intCast_add a b
@[simp, norm_cast] theorem Int.cast_sub (a b : Int) : ((a - b : Int) : R) = a - b := Ring.intCast_sub a b
@[simp, norm_cast] theorem Int.cast_mul (a b : Int) : ((a * b : Int) : R) = a * b := Ring.intCast_mul a b
@[simp, norm_cast] theorem Int.cast_pow (a : Int) (b : Nat) : ((a ^ b : Int) : R) = (a : R) ^ b :=
  Ring.intCast_pow a b
end Cast

section Ordered
variable {R : Type u} [Field R] [LE R] [LT R] [Std.LawfulOrderLT R] [Std.IsLinearOrder R] [OrderedRing R]

@[grind! .] theorem Nat.cast_nonneg (n : Nat) : (0 : R) ≤ n := OrderedRing.natCast_nonneg
@[simp, norm_cast] theorem Int.cast_lt {a b : Int} : (a : R) < b ↔ a < b :=
  ⟨OrderedRing.lt_of_intCast_lt_intCast a b, fun h => by
    have := OrderedRing.pos_intCast_of_pos (R := R) (b - a) (by omega)
    rw [Int.cast_sub] at this; grind⟩
@[simp, norm_cast] theorem Int.cast_le {a b : Int} : (a : R) ≤ b ↔ a ≤ b := by
  have := @Int.cast_lt R _ _ _ _ _ _ b a
  grind
@[simp, norm_cast] theorem Int.cast_inj {a b : Int} : (a : R) = b ↔ a = b :=
  ⟨fun h => Int.le_antisymm ((Int.cast_le (R := R)).1 (by grind)) ((Int.cast_le (R := R)).1 (by grind)),
    fun h => h ▸ rfl⟩
@[simp, norm_cast] theorem Nat.cast_lt {a b : Nat} : (a : R) < b ↔ a < b := by
  rw [← Int.cast_natCast (R := R) a, ← Int.cast_natCast (R := R) b, Int.cast_lt]; omega
@[simp, norm_cast] theorem Nat.cast_le {a b : Nat} : (a : R) ≤ b ↔ a ≤ b := by
  rw [← Int.cast_natCast (R := R) a, ← Int.cast_natCast (R := R) b, Int.cast_le]; omega
@[simp, norm_cast] theorem Nat.cast_inj {a b : Nat} : (a : R) = b ↔ a = b := by
  rw [← Int.cast_natCast (R := R) a, ← Int.cast_natCast (R := R) b, Int.cast_inj]; omega

open Classical in
/-- The absolute value of an ordered field. -/
instance (priority := low) : Abs R where
  abs' a := if 0 ≤ a then a else -a
  abs_of_nonneg' a h := by simp [h]
  abs_of_nonpos' a h := by by_cases e : 0 ≤ a <;> simp [e]; grind

open Classical in
/-- The maximum of an ordered field, as Mathlib's lattice gives it. -/
instance (priority := low) : Max R := ⟨fun a b => if a ≤ b then b else a⟩
open Classical in
/-- The minimum of an ordered field, as Mathlib's lattice gives it. -/
instance (priority := low) : Min R := ⟨fun a b => if a ≤ b then a else b⟩
end Ordered
