module

public import Prover.OrderedField

/-! The real numbers as a complete ordered field with its elementary functions, given by properties that determine them. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

open Lean.Grind

/-- What is asked of the field that a statement calls `ℝ`, besides being a linearly ordered field: completeness, which
leaves no other field than the real numbers up to isomorphism, and the elementary functions of Mathlib with true facts
that determine each of them. Mathlib's `ℝ` with `Int.floor`, `Real.sqrt`, `Real.exp`, … is an instance: every field below
is a theorem of Mathlib about it. So a statement proved for every instance holds of the real numbers. -/
class RealStructure (ℝ : outParam Type) [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ]
    [OrderedRing ℝ] where
  /-- Mathlib: `Real.exists_isLUB`. -/
  exists_isLUB : ∀ s : Set ℝ, s.Nonempty → BddAbove s → ∃ x, IsLUB s x
  /-- Mathlib: `Int.floor`. -/
  floor : ℝ → Int
  /-- Mathlib: `Int.le_floor`. -/
  le_floor : ∀ (z : Int) (a : ℝ), z ≤ floor a ↔ (z : ℝ) ≤ a
  /-- Mathlib: `Real.sqrt`. -/
  sqrt : ℝ → ℝ
  /-- Mathlib: `Real.sqrt_nonneg`. -/
  sqrt_nonneg : ∀ x, 0 ≤ sqrt x
  /-- Mathlib: `Real.mul_self_sqrt`. -/
  mul_self_sqrt : ∀ x, 0 ≤ x → sqrt x * sqrt x = x
  /-- Mathlib: `Real.sqrt_eq_zero_of_nonpos`. -/
  sqrt_of_nonpos : ∀ x, x ≤ 0 → sqrt x = 0
  /-- Mathlib: `Real.exp`. -/
  exp : ℝ → ℝ
  /-- Mathlib: `Real.exp_add`. -/
  exp_add : ∀ x y, exp (x + y) = exp x * exp y
  /-- Mathlib: `Real.add_one_le_exp`. -/
  add_one_le_exp : ∀ x, x + 1 ≤ exp x
  /-- Mathlib: `Real.log`. -/
  log : ℝ → ℝ
  /-- Mathlib: `Real.exp_log`. -/
  exp_log : ∀ x, 0 < x → exp (log x) = x
  /-- Mathlib: `Real.log_zero`. -/
  log_zero : log 0 = 0
  /-- Mathlib: `Real.log_neg_eq_log`. -/
  log_neg : ∀ x, log (-x) = log x
  /-- Mathlib: `Real.pi`. -/
  pi : ℝ
  /-- Mathlib: `Real.sin`. -/
  sin : ℝ → ℝ
  /-- Mathlib: `Real.cos`. -/
  cos : ℝ → ℝ
  /-- Mathlib: `Real.sin_zero`. -/
  sin_zero : sin 0 = 0
  /-- Mathlib: `Real.cos_zero`. -/
  cos_zero : cos 0 = 1
  /-- Mathlib: `Real.sin_neg`. -/
  sin_neg : ∀ x, sin (-x) = -sin x
  /-- Mathlib: `Real.cos_neg`. -/
  cos_neg : ∀ x, cos (-x) = cos x
  /-- Mathlib: `Real.sin_add`. -/
  sin_add : ∀ x y, sin (x + y) = sin x * cos y + cos x * sin y
  /-- Mathlib: `Real.cos_add`. -/
  cos_add : ∀ x y, cos (x + y) = cos x * cos y - sin x * sin y
  /-- Mathlib: `Real.sin_lt`. -/
  sin_lt : ∀ x, 0 < x → sin x < x
  /-- Mathlib: `Real.sin_gt_sub_cube`. -/
  sin_gt_sub_cube : ∀ x, 0 < x → x ≤ 1 → x - x ^ 3 / 4 < sin x
  /-- Mathlib: `Real.pi_gt_three`. -/
  pi_gt_three : 3 < pi
  /-- Mathlib: `Real.pi_lt_d2`. -/
  pi_lt_d2 : pi < 315 / 100
  /-- Mathlib: `Real.cos_pi_div_two`. -/
  cos_pi_div_two : cos (pi / 2) = 0
  /-- Mathlib: `Real.cos_pos_of_mem_Ioo`. -/
  cos_pos : ∀ x, -(pi / 2) < x → x < pi / 2 → 0 < cos x

section
variable {ℝ : Type} [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ] [OrderedRing ℝ]
  [RealStructure ℝ]

instance : FloorRing ℝ := ⟨RealStructure.floor, RealStructure.le_floor⟩
/-- Order on the real numbers is decided classically, as in Mathlib. -/
instance (priority := low) (a b : ℝ) : Decidable (a ≤ b) := Classical.propDecidable _
instance (priority := low) (a b : ℝ) : Decidable (a < b) := Classical.propDecidable _
instance (priority := low) : DecidableEq ℝ := fun _ _ => Classical.propDecidable _

namespace Real
/-- Mathlib's `Real.sqrt`. -/
def sqrt (x : ℝ) : ℝ := RealStructure.sqrt x
/-- Mathlib's `Real.exp`. -/
def exp (x : ℝ) : ℝ := RealStructure.exp x
/-- Mathlib's `Real.log`. -/
def log (x : ℝ) : ℝ := RealStructure.log x
/-- Mathlib's `Real.logb`, by the same formula. -/
def logb (b x : ℝ) : ℝ := log x / log b
variable (ℝ) in
/-- Mathlib's `Real.pi`. -/
def pi : ℝ := RealStructure.pi
/-- Mathlib's `Real.sin`. -/
def sin (x : ℝ) : ℝ := RealStructure.sin x
/-- Mathlib's `Real.cos`. -/
def cos (x : ℝ) : ℝ := RealStructure.cos x
/-- Mathlib's `Real.tan` (`Real.tan_eq_sin_div_cos`). -/
def tan (x : ℝ) : ℝ := sin x / cos x
/-- Mathlib's real power, by `Real.rpow_def_of_pos`, `Real.zero_rpow`, `Real.rpow_zero` and `Real.rpow_def_of_neg`. -/
def rpow (x y : ℝ) : ℝ :=
  if 0 < x then exp (log x * y) else if x = 0 then (if y = 0 then 1 else 0) else exp (log x * y) * cos (y * pi ℝ)
instance : HPow ℝ ℝ ℝ := ⟨rpow⟩
end Real

/-- Mathlib's `Irrational`. -/
def Irrational (x : ℝ) : Prop := x ∉ Set.range fun q : Rat => (q : ℝ)
end
