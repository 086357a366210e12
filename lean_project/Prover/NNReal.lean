module

public import Prover.RealFunctions

/-! The non-negative elements of an ordered field: for the real numbers, Mathlib's `NNReal`. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

open Lean.Grind

/-- Mathlib's `NNReal` is this subtype of `ℝ`. -/
def NonnegSubtype (ℝ : Type) [Field ℝ] [LE ℝ] : Type := {x : ℝ // 0 ≤ x}

namespace NonnegSubtype
variable {ℝ : Type} [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ] [OrderedRing ℝ]

/-- The number itself. -/
@[coe] def toReal (x : NonnegSubtype ℝ) : ℝ := x.1
instance : CoeTail (NonnegSubtype ℝ) ℝ := ⟨toReal⟩
instance : CoeHTCT (NonnegSubtype ℝ) ℝ := ⟨toReal⟩

@[ext] theorem ext {x y : NonnegSubtype ℝ} (h : x.1 = y.1) : x = y := Subtype.ext h

theorem pow_nonneg' {a : ℝ} (h : 0 ≤ a) : ∀ n : Nat, 0 ≤ a ^ n
  | 0 => by rw [Semiring.pow_zero]; grind
  | n + 1 => by rw [Semiring.pow_succ]; exact OrderedRing.mul_nonneg (pow_nonneg' h n) h

instance : LE (NonnegSubtype ℝ) := ⟨fun x y => x.1 ≤ y.1⟩
instance : LT (NonnegSubtype ℝ) := ⟨fun x y => x.1 < y.1⟩

instance instNatCast : NatCast (NonnegSubtype ℝ) := ⟨fun n => ⟨(n : ℝ), OrderedRing.natCast_nonneg⟩⟩

/-- Sums, products and powers of non-negative numbers are non-negative. -/
instance commSemiring : CommSemiring (NonnegSubtype ℝ) where
  add x y := ⟨x.1 + y.1, by have := x.2; have := y.2; grind⟩
  mul x y := ⟨x.1 * y.1, OrderedRing.mul_nonneg x.2 y.2⟩
  natCast := instNatCast
  ofNat n := ⟨⟨(n : ℝ), OrderedRing.natCast_nonneg⟩⟩
  nsmul := ⟨fun n x => ⟨(n : ℝ) * x.1, OrderedRing.mul_nonneg OrderedRing.natCast_nonneg x.2⟩⟩
  npow := ⟨fun x n => ⟨x.1 ^ n, pow_nonneg' x.2 n⟩⟩
  add_zero x := ext (show x.1 + ((0 : Nat) : ℝ) = x.1 by rw [Nat.cast_zero]; grind)
  add_comm x y := ext (Semiring.add_comm x.1 y.1)
  add_assoc x y z := ext (Semiring.add_assoc x.1 y.1 z.1)
  mul_comm x y := ext (CommSemiring.mul_comm x.1 y.1)
  mul_assoc x y z := ext (Semiring.mul_assoc x.1 y.1 z.1)
  mul_one x := ext (show x.1 * ((1 : Nat) : ℝ) = x.1 by rw [Nat.cast_one]; grind)
  one_mul x := ext (show ((1 : Nat) : ℝ) * x.1 = x.1 by rw [Nat.cast_one]; grind)
  left_distrib x y z := ext (Semiring.left_distrib x.1 y.1 z.1)
  right_distrib x y z := ext (Semiring.right_distrib x.1 y.1 z.1)
  zero_mul x := ext (show ((0 : Nat) : ℝ) * x.1 = ((0 : Nat) : ℝ) by rw [Nat.cast_zero]; grind)
  mul_zero x := ext (show x.1 * ((0 : Nat) : ℝ) = ((0 : Nat) : ℝ) by rw [Nat.cast_zero]; grind)
  pow_zero x := ext (show x.1 ^ 0 = ((1 : Nat) : ℝ) by rw [Nat.cast_one, Semiring.pow_zero])
  pow_succ x n := ext (Semiring.pow_succ x.1 n)
  ofNat_succ n := ext (show ((n + 1 : Nat) : ℝ) = (n : ℝ) + ((1 : Nat) : ℝ) from Nat.cast_add n 1)
  ofNat_eq_natCast _ := rfl
  nsmul_eq_natCast_mul _ _ := rfl

instance : Std.IsLinearOrder (NonnegSubtype ℝ) where
  le_refl x := Std.le_refl x.1
  le_trans x y z h k := Std.le_trans (a := x.1) (b := y.1) (c := z.1) h k
  le_antisymm x y h k := ext (Std.le_antisymm (a := x.1) (b := y.1) h k)
  le_total x y := Std.le_total (a := x.1) (b := y.1)
instance : Std.LawfulOrderLT (NonnegSubtype ℝ) where
  lt_iff x y := Std.LawfulOrderLT.lt_iff x.1 y.1

theorem le_def {x y : NonnegSubtype ℝ} : x ≤ y ↔ x.1 ≤ y.1 := Iff.rfl
theorem lt_def {x y : NonnegSubtype ℝ} : x < y ↔ x.1 < y.1 := Iff.rfl
@[simp] theorem coe_add (x y : NonnegSubtype ℝ) : (x + y).1 = x.1 + y.1 := rfl
@[simp] theorem coe_mul (x y : NonnegSubtype ℝ) : (x * y).1 = x.1 * y.1 := rfl
@[simp] theorem coe_pow (x : NonnegSubtype ℝ) (n : Nat) : (x ^ n).1 = x.1 ^ n := rfl
@[simp] theorem coe_natCast (n : Nat) : ((n : NonnegSubtype ℝ)).1 = (n : ℝ) := rfl

instance [RealStructure ℝ] : DecidableEq (NonnegSubtype ℝ) := fun _ _ => Classical.propDecidable _
end NonnegSubtype

/-- Mathlib's `NNReal.sqrt`. -/
def NNReal.sqrt {ℝ : Type} [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ] [OrderedRing ℝ]
    [RealStructure ℝ] (x : NonnegSubtype ℝ) : NonnegSubtype ℝ := ⟨Real.sqrt x.1, RealStructure.sqrt_nonneg _⟩
