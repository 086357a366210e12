module

public import Prover.RealFunctions
public import Prover.Division

/-! Floors, roots, exponentials and logarithms: the lemmas that proofs use, under Mathlib's names. -/

@[expose] public section

set_option linter.unusedSectionVars false

open Lean.Grind

section Floor
variable {α : Type} [Field α] [LE α] [LT α] [Std.LawfulOrderLT α] [Std.IsLinearOrder α] [OrderedRing α] [FloorRing α]
theorem Int.floor_le (a : α) : (Int.floor a : α) ≤ a := Int.le_floor.1 (Int.le_refl _)
theorem Int.lt_floor_add_one (a : α) : a < (Int.floor a : α) + 1 := by
  have h : ¬ Int.floor a + 1 ≤ Int.floor a := by omega
  rw [Int.le_floor, Int.cast_add, Int.cast_one, not_le] at h; exact h
theorem Int.floor_eq_iff {a : α} {z : Int} : Int.floor a = z ↔ (z : α) ≤ a ∧ a < z + 1 := by
  refine ⟨fun h => h ▸ ⟨Int.floor_le a, Int.lt_floor_add_one a⟩, fun h => ?_⟩
  have h₁ := Int.le_floor.2 h.1
  have h₂ := lt_of_le_of_lt (Int.floor_le a) h.2
  rw [← Int.cast_one, ← Int.cast_add, Int.cast_lt] at h₂
  omega
theorem Int.ceil_eq_iff {a : α} {z : Int} : Int.ceil a = z ↔ (z : α) - 1 < a ∧ a ≤ z := by
  have : Int.ceil a = z ↔ Int.floor (-a) = -z := by unfold Int.ceil; omega
  rw [this, Int.floor_eq_iff, Int.cast_neg]; grind
theorem Int.le_ceil (a : α) : a ≤ (Int.ceil a : α) := (Int.ceil_eq_iff.1 rfl).2
theorem Int.ceil_lt_add_one (a : α) : (Int.ceil a : α) < a + 1 := by
  have := (Int.ceil_eq_iff (a := a).1 rfl).1; grind
theorem Int.floor_spec (a : α) : (Int.floor a : α) ≤ a ∧ a < (Int.floor a : α) + 1 :=
  ⟨Int.floor_le a, Int.lt_floor_add_one a⟩
theorem Int.floor_intCast (z : Int) : Int.floor (z : α) = z := Int.floor_eq_iff.2 (by grind)
grind_pattern Int.floor_spec => Int.floor a
end Floor

namespace Real
variable {ℝ : Type} [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ] [OrderedRing ℝ]
  [RealStructure ℝ] {x y z : ℝ}

@[simp] theorem sqrt_nonneg (x : ℝ) : 0 ≤ sqrt x := RealStructure.sqrt_nonneg x
theorem mul_self_sqrt (h : 0 ≤ x) : sqrt x * sqrt x = x := RealStructure.mul_self_sqrt x h
@[simp] theorem sq_sqrt (h : 0 ≤ x) : sqrt x ^ 2 = x := by rw [pow_two]; exact mul_self_sqrt h
theorem sqrt_eq_zero_of_nonpos (h : x ≤ 0) : sqrt x = 0 := RealStructure.sqrt_of_nonpos x h
theorem sqrt_spec (x : ℝ) : 0 ≤ sqrt x ∧ (0 ≤ x → sqrt x ^ 2 = x) := ⟨sqrt_nonneg x, sq_sqrt⟩
grind_pattern sqrt_spec => sqrt x
theorem sqrt_eq_iff_mul_self_eq_of_nonneg (hy : 0 ≤ y) (h : y * y = x) : sqrt x = y := by
  have hx : 0 ≤ x := h ▸ mul_nonneg hy hy
  have h₁ : sqrt x ^ 2 = y ^ 2 := by rw [sq_sqrt hx, pow_two, h]
  rcases sq_eq_sq_iff_eq_or_eq_neg.1 h₁ with e | e
  · exact e
  · have := sqrt_nonneg x; grind
@[simp] theorem sqrt_sq (h : 0 ≤ x) : sqrt (x ^ 2) = x := sqrt_eq_iff_mul_self_eq_of_nonneg h (pow_two x).symm
@[simp] theorem sqrt_mul_self (h : 0 ≤ x) : sqrt (x * x) = x := sqrt_eq_iff_mul_self_eq_of_nonneg h rfl
@[simp] theorem sqrt_zero : sqrt (0 : ℝ) = 0 := sqrt_eq_iff_mul_self_eq_of_nonneg (le_refl 0) (by grind)
@[simp] theorem sqrt_one : sqrt (1 : ℝ) = 1 := sqrt_eq_iff_mul_self_eq_of_nonneg (by grind) (by grind)
theorem sqrt_eq_iff' (hx : 0 ≤ x) : sqrt x = y ↔ 0 ≤ y ∧ y ^ 2 = x := by
  refine ⟨fun h => h ▸ ⟨sqrt_nonneg x, sq_sqrt hx⟩, fun h => sqrt_eq_iff_mul_self_eq_of_nonneg h.1 ?_⟩
  rw [← pow_two]; exact h.2
theorem sqrt_eq_of_sq (y : ℝ) (h : 0 ≤ y ∧ y * y = x) : sqrt x = y := sqrt_eq_iff_mul_self_eq_of_nonneg h.1 h.2
/-- The roots of the square numbers up to 625. -/
@[simp] theorem sqrt_squares : sqrt (4 : ℝ) = 2 ∧ sqrt (9 : ℝ) = 3 ∧ sqrt (16 : ℝ) = 4 ∧ sqrt (25 : ℝ) = 5 ∧
    sqrt (36 : ℝ) = 6 ∧ sqrt (49 : ℝ) = 7 ∧ sqrt (64 : ℝ) = 8 ∧ sqrt (81 : ℝ) = 9 ∧
    sqrt (100 : ℝ) = 10 ∧ sqrt (121 : ℝ) = 11 ∧ sqrt (144 : ℝ) = 12 ∧ sqrt (169 : ℝ) = 13 ∧
    sqrt (196 : ℝ) = 14 ∧ sqrt (225 : ℝ) = 15 ∧ sqrt (256 : ℝ) = 16 ∧ sqrt (289 : ℝ) = 17 ∧
    sqrt (324 : ℝ) = 18 ∧ sqrt (361 : ℝ) = 19 ∧ sqrt (400 : ℝ) = 20 ∧ sqrt (441 : ℝ) = 21 ∧
    sqrt (484 : ℝ) = 22 ∧ sqrt (529 : ℝ) = 23 ∧ sqrt (576 : ℝ) = 24 ∧ sqrt (625 : ℝ) = 25 := by
  repeat' apply And.intro
  all_goals exact sqrt_eq_of_sq _ (by grind)
theorem sqrt_le_sqrt (h : x ≤ y) : sqrt x ≤ sqrt y := by
  rcases le_total x 0 with k | k
  · rw [sqrt_eq_zero_of_nonpos k]; exact sqrt_nonneg y
  · refine (abs_le_of_sq_le_sq' ?_ (sqrt_nonneg y)).2
    rw [sq_sqrt k, sq_sqrt (le_trans k h)]; exact h
theorem sqrt_mul (h : 0 ≤ x) (hy : 0 ≤ y) : sqrt (x * y) = sqrt x * sqrt y := by
  refine sqrt_eq_iff_mul_self_eq_of_nonneg (mul_nonneg (sqrt_nonneg x) (sqrt_nonneg y)) ?_
  have h₁ := mul_self_sqrt h
  have h₂ := mul_self_sqrt hy
  grind
theorem sqrt_pos : 0 < sqrt x ↔ 0 < x := by
  have h := sqrt_spec x
  refine ⟨fun k => ?_, fun k => ?_⟩
  · by_cases e : 0 < x
    · exact e
    · have := sqrt_eq_zero_of_nonpos (show x ≤ 0 by grind); grind
  · have e := h.2 (le_of_lt k)
    by_cases f : sqrt x = 0
    · rw [f] at e; grind
    · grind
theorem sqrt_lt' (hy : 0 < y) : sqrt x < y ↔ x < y ^ 2 := by
  have hs := sqrt_spec x
  have hp := pow_pos hy 2
  rcases lt_or_ge x 0 with e | e
  · have := sqrt_eq_zero_of_nonpos (le_of_lt e); grind
  · have h₂ := hs.2 e
    refine ⟨fun k => ?_, fun k => ?_⟩
    · have := mul_pos (show 0 < y - sqrt x by grind) (show 0 < y + sqrt x by grind); grind
    · by_cases f : sqrt x < y
      · exact f
      · have := mul_nonneg (show 0 ≤ sqrt x - y by grind) (show 0 ≤ sqrt x + y by grind); grind
theorem lt_sqrt (hy : 0 ≤ y) : y < sqrt x ↔ y ^ 2 < x := by
  have hs := sqrt_spec x
  have hp := pow_nonneg hy 2
  rcases lt_or_ge x 0 with e | e
  · have := sqrt_eq_zero_of_nonpos (le_of_lt e); grind
  · have h₂ := hs.2 e
    refine ⟨fun k => ?_, fun k => ?_⟩
    · have := mul_pos (show 0 < sqrt x - y by grind) (show 0 < sqrt x + y by grind); grind
    · by_cases f : y < sqrt x
      · exact f
      · have := mul_nonneg (show 0 ≤ y - sqrt x by grind) (show 0 ≤ sqrt x + y by grind); grind
theorem sqrt_inj (hx : 0 ≤ x) (hy : 0 ≤ y) (h : sqrt x = sqrt y) : x = y := by
  rw [← sq_sqrt hx, h, sq_sqrt hy]

theorem exp_add (x y : ℝ) : exp (x + y) = exp x * exp y := RealStructure.exp_add x y
theorem add_one_le_exp (x : ℝ) : x + 1 ≤ exp x := RealStructure.add_one_le_exp x
@[simp] theorem exp_zero : exp (0 : ℝ) = 1 := by
  have h₁ := exp_add (0 : ℝ) 0
  have h₂ := add_one_le_exp (0 : ℝ)
  rw [add_zero] at h₁
  have h₃ : exp (0 : ℝ) * (exp 0 - 1) = 0 := by grind
  rcases mul_eq_zero.1 h₃ with e | e <;> grind
theorem exp_pos (x : ℝ) : 0 < exp x := by
  have h₁ := exp_add (x / 2) (x / 2)
  have h₂ : x / 2 + x / 2 = x := by grind
  rw [h₂] at h₁
  have h₃ := exp_add x (-x)
  have h₄ : x + -x = 0 := by grind
  rw [h₄, exp_zero] at h₃
  have h₅ := mul_self_nonneg (exp (x / 2))
  by_cases e : exp x = 0
  · rw [e] at h₃; grind
  · grind
theorem exp_lt_exp : exp x < exp y ↔ x < y := by
  have key : ∀ a b : ℝ, a < b → exp a < exp b := fun a b h => by
    have h₁ := exp_add a (b - a)
    have h₂ : a + (b - a) = b := by grind
    rw [h₂] at h₁
    have h₃ := add_one_le_exp (b - a)
    have h₄ := mul_pos (exp_pos a) (show 0 < exp (b - a) - 1 by grind)
    grind
  refine ⟨fun h => ?_, key x y⟩
  by_cases e : x < y
  · exact e
  · rcases le_iff_eq_or_lt.1 (not_lt.1 e) with f | f
    · rw [f] at h; exact absurd h (lt_irrefl _)
    · exact absurd (key y x f) (not_lt_of_ge (le_of_lt h))
theorem exp_inj (h : exp x = exp y) : x = y := by
  rcases lt_trichotomy x y with e | e | e
  · have := exp_lt_exp.2 e; grind
  · exact e
  · have := exp_lt_exp.2 e; grind
theorem exp_log (h : 0 < x) : exp (log x) = x := RealStructure.exp_log x h
@[simp] theorem log_exp (x : ℝ) : log (exp x) = x := exp_inj (exp_log (exp_pos x))
@[simp] theorem log_one : log (1 : ℝ) = 0 := by rw [← exp_zero, log_exp]
@[simp] theorem log_zero : log (0 : ℝ) = 0 := RealStructure.log_zero
@[simp] theorem log_neg_eq_log (x : ℝ) : log (-x) = log x := RealStructure.log_neg x
theorem log_mul_of_pos (hx : 0 < x) (hy : 0 < y) : log (x * y) = log x + log y :=
  exp_inj (by rw [exp_add, exp_log hx, exp_log hy, exp_log (mul_pos hx hy)])
theorem log_mul (hx : x ≠ 0) (hy : y ≠ 0) : log (x * y) = log x + log y := by
  have key : ∀ a : ℝ, a ≠ 0 → ∃ b, 0 < b ∧ (a = b ∨ a = -b) := fun a h => by
    rcases lt_or_gt_of_ne h with e | e
    · exact ⟨-a, by grind, Or.inr (by grind)⟩
    · exact ⟨a, e, Or.inl rfl⟩
  obtain ⟨a, ha, hxa⟩ := key x hx
  obtain ⟨b, hb, hyb⟩ := key y hy
  have h := log_mul_of_pos ha hb
  rcases hxa with rfl | rfl <;> rcases hyb with rfl | rfl
  · exact h
  · rw [mul_neg, log_neg_eq_log, log_neg_eq_log]; exact h
  · rw [neg_mul, log_neg_eq_log, log_neg_eq_log]; exact h
  · rw [neg_mul, mul_neg, neg_neg, log_neg_eq_log, log_neg_eq_log]; exact h
theorem log_inv (x : ℝ) : log x⁻¹ = -log x := by
  by_cases h : x = 0
  · rw [h, Field.inv_zero, log_zero]; grind
  · have := log_mul h (inv_ne_zero h)
    rw [mul_inv_cancel₀ h, log_one] at this; grind
theorem log_div (hx : x ≠ 0) (hy : y ≠ 0) : log (x / y) = log x - log y := by
  rw [div_eq_mul_inv, log_mul hx (inv_ne_zero hy), log_inv]; grind
@[simp] theorem log_pow (n : Nat) (x : ℝ) : log (x ^ n) = n * log x := by
  by_cases h : x = 0
  · cases n with
    | zero => rw [pow_zero, log_one, Nat.cast_zero]; grind
    | succ n => rw [h, log_zero, pow_succ, mul_zero, log_zero]; grind
  · induction n with
    | zero => rw [pow_zero, log_one, Nat.cast_zero]; grind
    | succ n ih =>
      have hp : x ^ n ≠ 0 := by
        intro e
        cases n with
        | zero => rw [pow_zero] at e; grind
        | succ n => exact h ((pow_eq_zero_iff (Nat.succ_ne_zero n)).1 e)
      rw [pow_succ, log_mul hp h, ih, Nat.cast_add, Nat.cast_one]; grind
theorem log_lt_log (hx : 0 < x) (h : x < y) : log x < log y :=
  exp_lt_exp.1 (by rw [exp_log hx, exp_log (lt_trans hx h)]; exact h)
theorem log_pos (h : 1 < x) : 0 < log x := by
  have := log_lt_log (show (0 : ℝ) < 1 by grind) h
  rw [log_one] at this; exact this
theorem log_ne_zero_of_one_lt (h : 1 < x) : log x ≠ 0 := ne_of_gt (log_pos h)
theorem log_inj_of_pos (hx : 0 < x) (hy : 0 < y) (h : log x = log y) : x = y := by
  rw [← exp_log hx, h, exp_log hy]
theorem logb_def (b x : ℝ) : logb b x = log x / log b := rfl

theorem rpow_def_of_pos (hx : 0 < x) (y : ℝ) : x ^ y = exp (log x * y) := by
  show rpow x y = _; unfold rpow; rw [if_pos hx]
theorem rpow_pos_of_pos (hx : 0 < x) (y : ℝ) : 0 < x ^ y := by rw [rpow_def_of_pos hx]; exact exp_pos _
theorem rpow_add (hx : 0 < x) (y z : ℝ) : x ^ (y + z) = x ^ y * x ^ z := by
  rw [rpow_def_of_pos hx, rpow_def_of_pos hx, rpow_def_of_pos hx, mul_add, exp_add]
theorem log_rpow (hx : 0 < x) (y : ℝ) : log (x ^ y) = y * log x := by
  rw [rpow_def_of_pos hx, log_exp, mul_comm]
theorem rpow_natCast (hx : 0 < x) (n : Nat) : x ^ (n : ℝ) = x ^ n :=
  log_inj_of_pos (rpow_pos_of_pos hx _) (pow_pos hx n) (by rw [log_rpow hx, log_pow])
theorem rpow_mul (hx : 0 < x) (y z : ℝ) : x ^ (y * z) = (x ^ y) ^ z := by
  refine log_inj_of_pos (rpow_pos_of_pos hx _) (rpow_pos_of_pos (rpow_pos_of_pos hx y) z) ?_
  rw [log_rpow hx, log_rpow (rpow_pos_of_pos hx y), log_rpow hx]; grind

theorem pi_gt_three : 3 < pi ℝ := RealStructure.pi_gt_three
theorem pi_lt_d2 : pi ℝ < 315 / 100 := RealStructure.pi_lt_d2
theorem pi_pos : 0 < pi ℝ := lt_trans (by grind) pi_gt_three
/-- Between 3 and 3.15: what linear arithmetic needs to know of `π`. -/
theorem pi_bounds : 3 < pi ℝ ∧ pi ℝ < 315 / 100 := ⟨pi_gt_three, pi_lt_d2⟩
grind_pattern pi_bounds => pi ℝ
theorem sin_add (x y : ℝ) : sin (x + y) = sin x * cos y + cos x * sin y := RealStructure.sin_add x y
theorem cos_add (x y : ℝ) : cos (x + y) = cos x * cos y - sin x * sin y := RealStructure.cos_add x y
@[simp] theorem sin_zero : sin (0 : ℝ) = 0 := RealStructure.sin_zero
@[simp] theorem cos_zero : cos (0 : ℝ) = 1 := RealStructure.cos_zero
@[simp] theorem sin_neg (x : ℝ) : sin (-x) = -sin x := RealStructure.sin_neg x
@[simp] theorem cos_neg (x : ℝ) : cos (-x) = cos x := RealStructure.cos_neg x
theorem sin_sq_add_cos_sq (x : ℝ) : sin x ^ 2 + cos x ^ 2 = 1 := by
  have h := cos_add x (-x)
  have e : x + -x = 0 := by grind
  rw [e, cos_zero, cos_neg, sin_neg] at h; grind
grind_pattern sin_sq_add_cos_sq => sin x, cos x
theorem sin_two_mul (x : ℝ) : sin (2 * x) = 2 * sin x * cos x := by rw [two_mul, sin_add]; grind
theorem cos_two_mul (x : ℝ) : cos (2 * x) = 2 * cos x ^ 2 - 1 := by
  have := sin_sq_add_cos_sq x
  rw [two_mul, cos_add]; grind
@[simp] theorem cos_pi_div_two : cos (pi ℝ / 2) = 0 := RealStructure.cos_pi_div_two
theorem sin_le_one (x : ℝ) : sin x ≤ 1 := by
  have h := sin_sq_add_cos_sq x
  have := sq_nonneg (cos x)
  exact (abs_le_of_sq_le_sq' (show sin x ^ 2 ≤ 1 ^ 2 by grind) (by grind)).2
theorem cos_le_one (x : ℝ) : cos x ≤ 1 := by
  have h := sin_sq_add_cos_sq x
  have := sq_nonneg (sin x)
  exact (abs_le_of_sq_le_sq' (show cos x ^ 2 ≤ 1 ^ 2 by grind) (by grind)).2
end Real
