module

public import Prover.Algebra

/-! Division in fields and ordered fields, under Mathlib's lemma names. -/

@[expose] public section

set_option linter.unusedSectionVars false

universe u

open Lean.Grind

section Field
variable {K : Type u} [Field K] {a b c d : K}
theorem div_eq_mul_inv (a b : K) : a / b = a * b⁻¹ := Field.div_eq_mul_inv a b
theorem mul_inv_cancel₀ (h : a ≠ 0) : a * a⁻¹ = 1 := Field.mul_inv_cancel h
theorem inv_mul_cancel₀ (h : a ≠ 0) : a⁻¹ * a = 1 := Field.inv_mul_cancel h
theorem div_eq_iff (h : b ≠ 0) : a / b = c ↔ a = c * b := by grind
theorem eq_div_iff (h : b ≠ 0) : c = a / b ↔ c * b = a := by grind
theorem div_eq_div_iff (hb : b ≠ 0) (hd : d ≠ 0) : a / b = c / d ↔ a * d = c * b := by grind
theorem div_add_div (a : K) (c : K) (hb : b ≠ 0) (hd : d ≠ 0) : a / b + c / d = (a * d + b * c) / (b * d) := by
  grind
theorem div_sub_div (a : K) (c : K) (hb : b ≠ 0) (hd : d ≠ 0) : a / b - c / d = (a * d - b * c) / (b * d) := by
  grind
theorem div_add' (a b c : K) (h : c ≠ 0) : a / c + b = (a + b * c) / c := by grind
theorem add_div' (a b c : K) (h : c ≠ 0) : b + a / c = (b * c + a) / c := by grind
theorem div_sub' (a b c : K) (h : c ≠ 0) : a / c - b = (a - c * b) / c := by grind
theorem sub_div' (a b c : K) (h : c ≠ 0) : b - a / c = (b * c - a) / c := by grind
@[simp] theorem div_self (h : a ≠ 0) : a / a = 1 := by grind
@[simp] theorem div_one (a : K) : a / 1 = a := by grind
@[simp] theorem zero_div (a : K) : 0 / a = 0 := by grind
theorem one_div (a : K) : 1 / a = a⁻¹ := by grind
theorem add_div (a b c : K) : (a + b) / c = a / c + b / c := by grind
theorem sub_div (a b c : K) : (a - b) / c = a / c - b / c := by grind
theorem mul_div_assoc (a b c : K) : a * b / c = a * (b / c) := by grind
theorem div_mul_eq_mul_div (a b c : K) : a / b * c = a * c / b := by grind
theorem mul_div_mul_left (a b : K) (h : c ≠ 0) : c * a / (c * b) = a / b := by grind
theorem div_div (a b c : K) : a / b / c = a / (b * c) := by grind
theorem div_mul_cancel₀ (a : K) (h : b ≠ 0) : a / b * b = a := by grind
theorem mul_div_cancel_left₀ (b : K) (h : a ≠ 0) : a * b / a = b := by grind
theorem mul_left_cancel₀ (h : a ≠ 0) (e : a * b = a * c) : b = c := by grind
theorem mul_right_cancel₀ (h : b ≠ 0) (e : a * b = c * b) : a = c := by grind
theorem mul_right_inj' (h : a ≠ 0) : a * b = a * c ↔ b = c := by grind
theorem mul_left_inj' (h : c ≠ 0) : a * c = b * c ↔ a = b := by grind
theorem inv_ne_zero (h : a ≠ 0) : a⁻¹ ≠ 0 := by grind
theorem div_ne_zero (h₁ : a ≠ 0) (h₂ : b ≠ 0) : a / b ≠ 0 := by grind
@[simp] theorem inv_inv (a : K) : a⁻¹⁻¹ = a := by grind
theorem zpow_neg (a : K) (n : Int) : a ^ (-n) = (a ^ n)⁻¹ := Field.zpow_neg a n
@[simp] theorem zpow_zero (a : K) : a ^ (0 : Int) = 1 := Field.zpow_zero a
@[simp] theorem zpow_natCast (a : K) : ∀ n : Nat, a ^ (n : Int) = a ^ n
  | 0 => by rw [pow_zero]; exact Field.zpow_zero a
  | n + 1 => by rw [pow_succ, ← zpow_natCast a n]; exact Field.zpow_succ a n
@[simp] theorem zpow_ofNat (a : K) (n : Nat) : a ^ (OfNat.ofNat n : Int) = a ^ (OfNat.ofNat n : Nat) :=
  zpow_natCast a n
@[simp] theorem zpow_neg_ofNat (a : K) (n : Nat) :
    a ^ (-(OfNat.ofNat n : Int)) = (a ^ (OfNat.ofNat n : Nat))⁻¹ := by rw [zpow_neg, zpow_ofNat]
/-- An integer power by the sign of its exponent. -/
@[grind =] theorem zpow_eq_ite (a : K) (z : Int) : a ^ z = if 0 ≤ z then a ^ z.toNat else (a ^ (-z).toNat)⁻¹ := by
  split
  · rw [← zpow_natCast, Int.toNat_of_nonneg (by assumption)]
  · rw [← zpow_natCast, Int.toNat_of_nonneg (by omega), zpow_neg, inv_inv]
/-- Fields have no zero divisors: the form for fields without an order. -/
theorem eq_zero_or_eq_zero_of_mul_eq_zero (h : a * b = 0) : a = 0 ∨ b = 0 := Field.of_mul_eq_zero h
end Field

section OrderedField
variable {K : Type u} [Field K] [LE K] [LT K] [Std.LawfulOrderLT K] [Std.IsLinearOrder K] [OrderedRing K]
  {a b c d : K}
theorem inv_pos : 0 < a⁻¹ ↔ 0 < a := Field.IsOrdered.inv_pos_iff
theorem inv_nonneg_of_nonneg (h : 0 ≤ a) : 0 ≤ a⁻¹ := by
  rcases le_iff_eq_or_lt.1 h with e | e
  · rw [← e, Field.inv_zero]; exact le_refl 0
  · exact le_of_lt (inv_pos.2 e)
theorem div_pos (h₁ : 0 < a) (h₂ : 0 < b) : 0 < a / b := by
  rw [div_eq_mul_inv]; exact mul_pos h₁ (inv_pos.2 h₂)
theorem div_nonneg (h₁ : 0 ≤ a) (h₂ : 0 ≤ b) : 0 ≤ a / b := by
  rw [div_eq_mul_inv]; exact mul_nonneg h₁ (inv_nonneg_of_nonneg h₂)
theorem one_div_pos : 0 < 1 / a ↔ 0 < a := by rw [one_div]; exact inv_pos
theorem div_le_iff₀ (h : 0 < b) : a / b ≤ c ↔ a ≤ c * b := by
  have e := div_mul_cancel₀ a (ne_of_gt h)
  refine ⟨fun k => e ▸ mul_le_mul_of_nonneg_right k (le_of_lt h), fun k => ?_⟩
  have := mul_le_mul_of_nonneg_right k (inv_nonneg_of_nonneg (le_of_lt h))
  rw [mul_assoc, mul_inv_cancel₀ (ne_of_gt h), mul_one] at this
  rw [div_eq_mul_inv]; exact this
theorem lt_div_iff₀ (h : 0 < b) : c < a / b ↔ c * b < a := by
  have := @div_le_iff₀ K _ _ _ _ _ _ a b c h
  rw [← not_le, ← not_le, this]
theorem le_div_iff₀ (h : 0 < b) : c ≤ a / b ↔ c * b ≤ a := by
  have e := div_mul_cancel₀ a (ne_of_gt h)
  refine ⟨fun k => e ▸ mul_le_mul_of_nonneg_right k (le_of_lt h), fun k => ?_⟩
  have := mul_le_mul_of_nonneg_right k (inv_nonneg_of_nonneg (le_of_lt h))
  rw [mul_assoc, mul_inv_cancel₀ (ne_of_gt h), mul_one] at this
  rw [div_eq_mul_inv]; exact this
theorem div_lt_iff₀ (h : 0 < b) : a / b < c ↔ a < c * b := by
  have := @le_div_iff₀ K _ _ _ _ _ _ a b c h
  rw [← not_le, ← not_le, this]
theorem div_le_iff (h : 0 < b) : a / b ≤ c ↔ a ≤ c * b := div_le_iff₀ h
theorem le_div_iff (h : 0 < b) : c ≤ a / b ↔ c * b ≤ a := le_div_iff₀ h
theorem div_lt_iff (h : 0 < b) : a / b < c ↔ a < c * b := div_lt_iff₀ h
theorem lt_div_iff (h : 0 < b) : c < a / b ↔ c * b < a := lt_div_iff₀ h
theorem div_le_div_iff (hb : 0 < b) (hd : 0 < d) : a / b ≤ c / d ↔ a * d ≤ c * b := by
  rw [div_le_iff₀ hb, div_mul_eq_mul_div, le_div_iff₀ hd]
theorem div_lt_div_iff (hb : 0 < b) (hd : 0 < d) : a / b < c / d ↔ a * d < c * b := by
  rw [div_lt_iff₀ hb, div_mul_eq_mul_div, lt_div_iff₀ hd]
theorem div_le_one (h : 0 < b) : a / b ≤ 1 ↔ a ≤ b := by rw [div_le_iff₀ h, one_mul]
theorem one_le_div (h : 0 < b) : 1 ≤ a / b ↔ b ≤ a := by rw [le_div_iff₀ h, one_mul]
end OrderedField
