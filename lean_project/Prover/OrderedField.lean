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

instance (priority := low) {K : Type u} [Field K] : Nonempty K := ⟨0⟩

section Cast
variable {R : Type u} [CommRing R]
@[simp, norm_cast] theorem Nat.cast_zero : ((0 : Nat) : R) = 0 := Semiring.natCast_zero
@[simp, norm_cast] theorem Nat.cast_one : ((1 : Nat) : R) = 1 := Semiring.natCast_one
@[simp, norm_cast] theorem Nat.cast_ofNat {n : Nat} : ((no_index (OfNat.ofNat n) : Nat) : R) = OfNat.ofNat n :=
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
@[simp, norm_cast] theorem Int.cast_ofNat {n : Nat} : ((no_index (OfNat.ofNat n) : Int) : R) = OfNat.ofNat n :=
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

theorem Nat.cast_nonneg (n : Nat) : (0 : R) ≤ n := OrderedRing.natCast_nonneg
grind_pattern Nat.cast_nonneg => (n : R)
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
@[simp, norm_cast] theorem Nat.cast_pos {a : Nat} : (0 : R) < a ↔ 0 < a := by
  rw [← Nat.cast_zero, Nat.cast_lt]
@[simp, norm_cast] theorem Nat.cast_eq_zero {a : Nat} : (a : R) = 0 ↔ a = 0 := by
  rw [← Nat.cast_zero, Nat.cast_inj]
theorem Nat.cast_ne_zero {a : Nat} : (a : R) ≠ 0 ↔ a ≠ 0 := not_congr Nat.cast_eq_zero
/-- What the order of natural numbers says of their images. -/
theorem Nat.cast_add_one_le_of_lt {a b : Nat} (h : a < b) : (a : R) + 1 ≤ b := by
  rw [← Nat.cast_one, ← Nat.cast_add, Nat.cast_le]; exact h
grind_pattern Nat.cast_add_one_le_of_lt => a < b, (a : R), (b : R)
theorem Nat.cast_le_of_le {a b : Nat} (h : a ≤ b) : (a : R) ≤ b := Nat.cast_le.2 h
grind_pattern Nat.cast_le_of_le => a ≤ b, (a : R), (b : R)

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

/-- A rational number is its numerator over its denominator. -/
theorem Rat.num_div_den' (q : Rat) : (q.num : Rat) / (q.den : Rat) = q := by
  have h := Rat.num_divInt_den q
  rwa [Rat.divInt_eq_div, Rat.intCast_natCast] at h
/-- The image of a fraction is the fraction of the images, lowest terms or not. -/
theorem Rat.cast_eq_div {q : Rat} {a : Int} {b : Nat} (hb : b ≠ 0) (h : q = (a : Rat) / (b : Rat)) :
    (q : R) = (a : R) / (b : R) := by
  have hq : (q.den : Rat) ≠ 0 := by have := q.den_nz; exact_mod_cast this
  have hb' : (b : Rat) ≠ 0 := by exact_mod_cast hb
  have e₁ : (q.num : Rat) / (q.den : Rat) = q := Rat.num_div_den' q
  have e₂ : (q.num : Rat) * (b : Rat) = (a : Rat) * (q.den : Rat) := by grind
  have e₃ : q.num * (b : Int) = a * (q.den : Int) := by exact_mod_cast e₂
  have e₄ : ((q.num * (b : Int) : Int) : R) = ((a * (q.den : Int) : Int) : R) := by rw [e₃]
  rw [Int.cast_mul, Int.cast_mul, Int.cast_natCast, Int.cast_natCast] at e₄
  have hqR : (q.den : R) ≠ 0 := Nat.cast_ne_zero.2 q.den_nz
  have hbR : (b : R) ≠ 0 := Nat.cast_ne_zero.2 hb
  rw [Rat.cast_def]; grind
@[simp, norm_cast] theorem Rat.cast_natCast (n : Nat) : ((n : Rat) : R) = n := by
  have h := Rat.cast_eq_div (R := R) (q := n) (a := n) (b := 1) (by decide)
    (by rw [Rat.intCast_natCast]; have : ((1 : Nat) : Rat) = 1 := rfl; grind)
  rw [Nat.cast_one, Int.cast_natCast] at h; grind
@[simp, norm_cast] theorem Rat.cast_intCast (n : Int) : ((n : Rat) : R) = n := by
  have h := Rat.cast_eq_div (R := R) (q := n) (a := n) (b := 1) (by decide)
    (by have : ((1 : Nat) : Rat) = 1 := rfl; grind)
  rw [Nat.cast_one] at h; grind
@[simp, norm_cast] theorem Rat.cast_ofNat {n : Nat} : ((no_index (OfNat.ofNat n) : Rat) : R) = OfNat.ofNat n := by
  have h := Rat.cast_natCast (R := R) n
  rw [Semiring.ofNat_eq_natCast (α := R), ← h]; rfl
theorem Rat.cast_num_den (q : Rat) : (q : R) * q.den = q.num ∧ (q.den : R) ≠ 0 := by
  have hqR : (q.den : R) ≠ 0 := Nat.cast_ne_zero.2 q.den_nz
  exact ⟨by rw [Rat.cast_def]; grind, hqR⟩
@[simp, norm_cast] theorem Rat.cast_add (p q : Rat) : ((p + q : Rat) : R) = p + q := by
  have hp : (p.den : Rat) ≠ 0 := by have := p.den_nz; exact_mod_cast this
  have hq : (q.den : Rat) ≠ 0 := by have := q.den_nz; exact_mod_cast this
  have e₁ : (p.num : Rat) / (p.den : Rat) = p := Rat.num_div_den' p
  have e₂ : (q.num : Rat) / (q.den : Rat) = q := Rat.num_div_den' q
  have h := Rat.cast_eq_div (R := R) (q := p + q) (a := p.num * q.den + q.num * p.den) (b := p.den * q.den)
    (Nat.mul_ne_zero p.den_nz q.den_nz) (by push_cast; grind)
  have h₁ := Rat.cast_num_den (R := R) p
  have h₂ := Rat.cast_num_den (R := R) q
  rw [Int.cast_add, Int.cast_mul, Int.cast_mul, Int.cast_natCast, Int.cast_natCast, Nat.cast_mul] at h
  grind
@[simp, norm_cast] theorem Rat.cast_mul (p q : Rat) : ((p * q : Rat) : R) = p * q := by
  have hp : (p.den : Rat) ≠ 0 := by have := p.den_nz; exact_mod_cast this
  have hq : (q.den : Rat) ≠ 0 := by have := q.den_nz; exact_mod_cast this
  have e₁ : (p.num : Rat) / (p.den : Rat) = p := Rat.num_div_den' p
  have e₂ : (q.num : Rat) / (q.den : Rat) = q := Rat.num_div_den' q
  have h := Rat.cast_eq_div (R := R) (q := p * q) (a := p.num * q.num) (b := p.den * q.den)
    (Nat.mul_ne_zero p.den_nz q.den_nz) (by push_cast; grind)
  have h₁ := Rat.cast_num_den (R := R) p
  have h₂ := Rat.cast_num_den (R := R) q
  rw [Int.cast_mul, Nat.cast_mul] at h
  grind
@[simp, norm_cast] theorem Rat.cast_neg (p : Rat) : ((-p : Rat) : R) = -p := by
  have h := Rat.cast_add (R := R) p (-p)
  have e : p + -p = ((0 : Nat) : Rat) := by grind
  rw [e, Rat.cast_natCast, Nat.cast_zero] at h; grind
@[simp, norm_cast] theorem Rat.cast_sub (p q : Rat) : ((p - q : Rat) : R) = p - q := by
  have e : p - q = p + -q := by grind
  rw [e, Rat.cast_add, Rat.cast_neg]; grind
@[simp, norm_cast] theorem Rat.cast_inv (p : Rat) : ((p⁻¹ : Rat) : R) = (p : R)⁻¹ := by
  by_cases h : p = 0
  · have e : ((0 : Rat) : R) = 0 := Rat.cast_ofNat (n := 0)
    rw [h, Rat.inv_zero, e, Field.inv_zero]
  · have e : p * p⁻¹ = ((1 : Nat) : Rat) := by grind
    have k := Rat.cast_mul (R := R) p p⁻¹
    rw [e, Rat.cast_natCast, Nat.cast_one] at k
    grind
@[simp, norm_cast] theorem Rat.cast_div (p q : Rat) : ((p / q : Rat) : R) = p / q := by
  rw [Rat.div_def, Rat.cast_mul, Rat.cast_inv, Field.div_eq_mul_inv]
@[simp, norm_cast] theorem Rat.cast_inj {p q : Rat} : (p : R) = q ↔ p = q := by
  refine ⟨fun h => ?_, fun h => h ▸ rfl⟩
  have h₁ := Rat.cast_num_den (R := R) p
  have h₂ := Rat.cast_num_den (R := R) q
  have k : (p.num : R) * (q.den : R) = (q.num : R) * (p.den : R) := by grind
  have k' : p.num * (q.den : Int) = q.num * (p.den : Int) := by exact_mod_cast k
  have k₂ : (p.num : Rat) * (q.den : Rat) = (q.num : Rat) * (p.den : Rat) := by exact_mod_cast k'
  have hp : (p.den : Rat) ≠ 0 := by have := p.den_nz; exact_mod_cast this
  have hq : (q.den : Rat) ≠ 0 := by have := q.den_nz; exact_mod_cast this
  have e₁ : (p.num : Rat) / (p.den : Rat) = p := Rat.num_div_den' p
  have e₂ : (q.num : Rat) / (q.den : Rat) = q := Rat.num_div_den' q
  grind
end Ordered
