module

public import Prover.Abs
public import Prover.BigOperators

/-! The lemma names of Mathlib that proofs about rings and orders use most, for every type core Lean's classes cover. -/

@[expose] public section

set_option linter.unusedSectionVars false

universe u

open Lean.Grind

section Semiring
variable {α : Type u} [CommSemiring α]
theorem add_comm (a b : α) : a + b = b + a := Semiring.add_comm a b
theorem add_assoc (a b c : α) : a + b + c = a + (b + c) := Semiring.add_assoc a b c
theorem add_left_comm (a b c : α) : a + (b + c) = b + (a + c) := by grind
theorem add_right_comm (a b c : α) : a + b + c = a + c + b := by grind
theorem mul_comm (a b : α) : a * b = b * a := CommSemiring.mul_comm a b
theorem mul_assoc (a b c : α) : a * b * c = a * (b * c) := Semiring.mul_assoc a b c
theorem mul_left_comm (a b c : α) : a * (b * c) = b * (a * c) := by grind
theorem mul_right_comm (a b c : α) : a * b * c = a * c * b := by grind
@[simp] theorem add_zero (a : α) : a + 0 = a := Semiring.add_zero a
@[simp] theorem zero_add (a : α) : 0 + a = a := by grind
@[simp] theorem mul_one (a : α) : a * 1 = a := Semiring.mul_one a
@[simp] theorem one_mul (a : α) : 1 * a = a := Semiring.one_mul a
@[simp] theorem mul_zero (a : α) : a * 0 = 0 := Semiring.mul_zero a
@[simp] theorem zero_mul (a : α) : 0 * a = 0 := Semiring.zero_mul a
theorem mul_add (a b c : α) : a * (b + c) = a * b + a * c := Semiring.left_distrib a b c
theorem add_mul (a b c : α) : (a + b) * c = a * c + b * c := Semiring.right_distrib a b c
theorem two_mul (a : α) : 2 * a = a + a := by grind
theorem mul_two (a : α) : a * 2 = a + a := by grind
@[simp] theorem pow_zero (a : α) : a ^ 0 = 1 := Semiring.pow_zero a
theorem pow_succ (a : α) (n : Nat) : a ^ (n + 1) = a ^ n * a := Semiring.pow_succ a n
theorem pow_succ' (a : α) (n : Nat) : a ^ (n + 1) = a * a ^ n := by rw [pow_succ, mul_comm]
@[simp] theorem pow_one (a : α) : a ^ 1 = a := by rw [pow_succ, pow_zero, one_mul]
theorem pow_two (a : α) : a ^ 2 = a * a := by grind
theorem sq (a : α) : a ^ 2 = a * a := pow_two a
theorem pow_three (a : α) : a ^ 3 = a * (a * a) := by grind
theorem pow_add (a : α) (m n : Nat) : a ^ (m + n) = a ^ m * a ^ n := by
  induction n with
  | zero => rw [Nat.add_zero, pow_zero, mul_one]
  | succ n ih => rw [← Nat.add_assoc, pow_succ, pow_succ, ih, mul_assoc]
theorem mul_pow (a b : α) (n : Nat) : (a * b) ^ n = a ^ n * b ^ n := by
  induction n with
  | zero => rw [pow_zero, pow_zero, pow_zero, mul_one]
  | succ n ih => rw [pow_succ, pow_succ, pow_succ, ih]; grind
@[simp] theorem one_pow (n : Nat) : (1 : α) ^ n = 1 := by
  induction n with
  | zero => exact pow_zero 1
  | succ n ih => rw [pow_succ, ih, mul_one]
theorem pow_mul (a : α) (m n : Nat) : a ^ (m * n) = (a ^ m) ^ n := by
  induction n with
  | zero => rw [Nat.mul_zero, pow_zero, pow_zero]
  | succ n ih => rw [Nat.mul_succ, pow_add, pow_succ, ih]
theorem add_sq (a b : α) : (a + b) ^ 2 = a ^ 2 + 2 * a * b + b ^ 2 := by grind
theorem add_pow_two (a b : α) : (a + b) ^ 2 = a ^ 2 + 2 * a * b + b ^ 2 := by grind
theorem dvd_def' {a b : Nat} : a ∣ b ↔ ∃ c, b = a * c := Iff.rfl
end Semiring

section Ring
variable {α : Type u} [CommRing α]
theorem sub_eq_add_neg (a b : α) : a - b = a + -b := Ring.sub_eq_add_neg a b
@[simp] theorem sub_self (a : α) : a - a = 0 := by grind
@[simp] theorem sub_zero (a : α) : a - 0 = a := by grind
@[simp] theorem neg_neg (a : α) : - -a = a := by grind
@[simp] theorem add_sub_cancel_right (a b : α) : a + b - b = a := by grind
@[simp] theorem sub_add_cancel (a b : α) : a - b + b = a := by grind
theorem sub_eq_zero {a b : α} : a - b = 0 ↔ a = b := by grind
theorem sub_ne_zero {a b : α} : a - b ≠ 0 ↔ a ≠ b := by grind
theorem sub_eq_iff_eq_add {a b c : α} : a - b = c ↔ a = c + b := by grind
theorem eq_sub_iff_add_eq {a b c : α} : a = b - c ↔ a + c = b := by grind
theorem neg_mul (a b : α) : -a * b = -(a * b) := by grind
theorem mul_neg (a b : α) : a * -b = -(a * b) := by grind
theorem mul_sub (a b c : α) : a * (b - c) = a * b - a * c := by grind
theorem sub_mul (a b c : α) : (a - b) * c = a * c - b * c := by grind
theorem sub_sq (a b : α) : (a - b) ^ 2 = a ^ 2 - 2 * a * b + b ^ 2 := by grind
theorem sub_pow_two (a b : α) : (a - b) ^ 2 = a ^ 2 - 2 * a * b + b ^ 2 := by grind
theorem sq_sub_sq (a b : α) : a ^ 2 - b ^ 2 = (a + b) * (a - b) := by grind
theorem neg_sq (a : α) : (-a) ^ 2 = a ^ 2 := by grind
theorem eq_neg_iff_add_eq_zero {a b : α} : a = -b ↔ a + b = 0 := by grind
end Ring

section Order
variable {α : Type u} [LE α] [LT α] [Std.LawfulOrderLT α] [Std.IsLinearOrder α] {a b c : α}
theorem le_refl (a : α) : a ≤ a := Std.le_refl a
theorem le_of_eq (h : a = b) : a ≤ b := by grind
theorem le_of_lt (h : a < b) : a ≤ b := by grind
theorem lt_irrefl (a : α) : ¬ a < a := by grind
theorem le_antisymm (h₁ : a ≤ b) (h₂ : b ≤ a) : a = b := by grind
theorem le_trans (h₁ : a ≤ b) (h₂ : b ≤ c) : a ≤ c := by grind
theorem lt_trans (h₁ : a < b) (h₂ : b < c) : a < c := by grind
theorem lt_of_le_of_lt (h₁ : a ≤ b) (h₂ : b < c) : a < c := by grind
theorem lt_of_lt_of_le (h₁ : a < b) (h₂ : b ≤ c) : a < c := by grind
theorem lt_of_le_of_ne (h₁ : a ≤ b) (h₂ : a ≠ b) : a < b := by grind
theorem le_total (a b : α) : a ≤ b ∨ b ≤ a := by grind
theorem lt_or_ge (a b : α) : a < b ∨ b ≤ a := by grind
theorem le_or_gt (a b : α) : a ≤ b ∨ b < a := by grind
theorem lt_trichotomy (a b : α) : a < b ∨ a = b ∨ b < a := by grind
theorem lt_or_gt_of_ne (h : a ≠ b) : a < b ∨ b < a := by grind
theorem not_le : ¬ a ≤ b ↔ b < a := by grind
theorem not_lt : ¬ a < b ↔ b ≤ a := by grind
theorem not_le_of_gt (h : a < b) : ¬ b ≤ a := by grind
theorem not_lt_of_ge (h : a ≤ b) : ¬ b < a := by grind
theorem ne_of_lt (h : a < b) : a ≠ b := by grind
theorem ne_of_gt (h : b < a) : a ≠ b := by grind
theorem LT.lt.le (h : a < b) : a ≤ b := by grind
theorem LT.lt.ne (h : a < b) : a ≠ b := by grind
theorem LT.lt.ne' (h : a < b) : b ≠ a := by grind
theorem le_iff_eq_or_lt : a ≤ b ↔ a = b ∨ a < b := by grind
end Order

section OrderedRing
variable {R : Type u} [CommRing R] [LE R] [LT R] [Std.LawfulOrderLT R] [Std.IsLinearOrder R] [OrderedRing R]
  {a b c d : R}
theorem sq_nonneg (a : R) : 0 ≤ a ^ 2 := OrderedRing.sq_nonneg
theorem pow_two_nonneg (a : R) : 0 ≤ a ^ 2 := OrderedRing.sq_nonneg
theorem mul_self_nonneg (a : R) : 0 ≤ a * a := by have := sq_nonneg a; grind
theorem mul_pos (h₁ : 0 < a) (h₂ : 0 < b) : 0 < a * b := OrderedRing.mul_pos h₁ h₂
theorem mul_nonneg (h₁ : 0 ≤ a) (h₂ : 0 ≤ b) : 0 ≤ a * b := OrderedRing.mul_nonneg h₁ h₂
theorem mul_nonneg_of_nonpos_of_nonpos (h₁ : a ≤ 0) (h₂ : b ≤ 0) : 0 ≤ a * b :=
  OrderedRing.mul_nonneg_of_nonpos_of_nonpos h₁ h₂
theorem mul_pos_of_neg_of_neg (h₁ : a < 0) (h₂ : b < 0) : 0 < a * b := OrderedRing.mul_pos_of_neg_of_neg h₁ h₂
theorem mul_neg_of_pos_of_neg (h₁ : 0 < a) (h₂ : b < 0) : a * b < 0 := OrderedRing.mul_neg_of_pos_of_neg h₁ h₂
theorem mul_neg_of_neg_of_pos (h₁ : a < 0) (h₂ : 0 < b) : a * b < 0 := OrderedRing.mul_neg_of_neg_of_pos h₁ h₂
theorem pow_pos (h : 0 < a) : ∀ n : Nat, 0 < a ^ n
  | 0 => by rw [pow_zero]; grind
  | n + 1 => by rw [pow_succ]; exact mul_pos (pow_pos h n) h
theorem pow_nonneg (h : 0 ≤ a) : ∀ n : Nat, 0 ≤ a ^ n
  | 0 => by rw [pow_zero]; grind
  | n + 1 => by rw [pow_succ]; exact mul_nonneg (pow_nonneg h n) h
theorem sub_nonneg : 0 ≤ a - b ↔ b ≤ a := by grind
theorem sub_pos : 0 < a - b ↔ b < a := by grind
theorem sub_nonpos : a - b ≤ 0 ↔ a ≤ b := by grind
theorem sub_neg : a - b < 0 ↔ a < b := by grind
theorem neg_nonneg : 0 ≤ -a ↔ a ≤ 0 := by grind
theorem neg_pos : 0 < -a ↔ a < 0 := by grind
theorem neg_nonpos : -a ≤ 0 ↔ 0 ≤ a := by grind
theorem add_pos (h₁ : 0 < a) (h₂ : 0 < b) : 0 < a + b := by grind
theorem add_nonneg (h₁ : 0 ≤ a) (h₂ : 0 ≤ b) : 0 ≤ a + b := by grind
theorem add_pos_of_pos_of_nonneg (h₁ : 0 < a) (h₂ : 0 ≤ b) : 0 < a + b := by grind
theorem add_pos_of_nonneg_of_pos (h₁ : 0 ≤ a) (h₂ : 0 < b) : 0 < a + b := by grind
theorem add_le_add (h₁ : a ≤ b) (h₂ : c ≤ d) : a + c ≤ b + d := by grind
theorem add_lt_add (h₁ : a < b) (h₂ : c < d) : a + c < b + d := by grind
theorem mul_le_mul_of_nonneg_left (h : b ≤ c) (h₀ : 0 ≤ a) : a * b ≤ a * c :=
  OrderedRing.mul_le_mul_of_nonneg_left h h₀
theorem mul_le_mul_of_nonneg_right (h : b ≤ c) (h₀ : 0 ≤ a) : b * a ≤ c * a :=
  OrderedRing.mul_le_mul_of_nonneg_right h h₀
theorem mul_lt_mul_of_pos_left (h : b < c) (h₀ : 0 < a) : a * b < a * c := OrderedRing.mul_lt_mul_of_pos_left h h₀
theorem mul_lt_mul_of_pos_right (h : b < c) (h₀ : 0 < a) : b * a < c * a := OrderedRing.mul_lt_mul_of_pos_right h h₀
theorem pos_of_mul_pos_right (h : 0 < a * b) (h₀ : 0 < a) : 0 < b := by
  by_cases e : 0 < b
  · exact e
  · have := mul_nonneg (le_of_lt h₀) (show 0 ≤ -b by grind); grind
theorem mul_self_eq_zero : a * a = 0 ↔ a = 0 := by
  refine ⟨fun h => ?_, fun h => by grind⟩
  rcases lt_trichotomy a 0 with e | e | e
  · have := mul_pos_of_neg_of_neg e e; grind
  · exact e
  · have := mul_pos e e; grind
theorem mul_eq_zero : a * b = 0 ↔ a = 0 ∨ b = 0 := by
  refine ⟨fun h => ?_, fun h => by grind⟩
  rcases lt_trichotomy a 0 with e | e | e <;> rcases lt_trichotomy b 0 with f | f | f <;> try grind
  · have := mul_pos_of_neg_of_neg e f; grind
  · have := mul_neg_of_neg_of_pos e f; grind
  · have := mul_neg_of_pos_of_neg e f; grind
  · have := mul_pos e f; grind
theorem mul_ne_zero (h₁ : a ≠ 0) (h₂ : b ≠ 0) : a * b ≠ 0 := fun e => (mul_eq_zero.1 e).elim h₁ h₂
theorem sq_eq_zero' : a ^ 2 = 0 ↔ a = 0 := by rw [pow_two]; exact mul_self_eq_zero
theorem pow_eq_zero_iff {n : Nat} (h : n ≠ 0) : a ^ n = 0 ↔ a = 0 := by
  refine ⟨fun e => ?_, fun e => ?_⟩
  · clear h
    induction n with
    | zero => rw [pow_zero] at e; exact absurd e (by grind)
    | succ n ih => rw [pow_succ] at e; exact (mul_eq_zero.1 e).elim ih id
  · cases n with
    | zero => exact absurd rfl h
    | succ n => rw [e, pow_succ, mul_zero]
theorem sq_eq_sq_iff_eq_or_eq_neg : a ^ 2 = b ^ 2 ↔ a = b ∨ a = -b := by
  have := @mul_eq_zero R _ _ _ _ _ _ (a - b) (a + b)
  grind
theorem pow_le_pow_left₀ (h₀ : 0 ≤ a) (h : a ≤ b) : ∀ n : Nat, a ^ n ≤ b ^ n
  | 0 => by rw [pow_zero, pow_zero]; exact le_refl 1
  | n + 1 => by
    rw [pow_succ, pow_succ]
    have h₁ := mul_le_mul_of_nonneg_right (pow_le_pow_left₀ h₀ h n) h₀
    have h₂ := mul_le_mul_of_nonneg_left h (pow_nonneg (le_trans h₀ h) n)
    exact le_trans h₁ h₂
theorem abs_le_of_sq_le_sq' (h : a ^ 2 ≤ b ^ 2) (hb : 0 ≤ b) : -b ≤ a ∧ a ≤ b := by
  constructor
  · by_cases e : -b ≤ a
    · exact e
    · have := mul_pos (show 0 < -a - b by grind) (show 0 < -a + b by grind); grind
  · by_cases e : a ≤ b
    · exact e
    · have := mul_pos (show 0 < a - b by grind) (show 0 < a + b by grind); grind
/-- `2ab ≤ a² + b²`, found by `grind` wherever a product `a * b` stands. -/
theorem two_mul_le_add_sq (a b : R) : 2 * a * b ≤ a ^ 2 + b ^ 2 := by have := sq_nonneg (a - b); grind
/-- `-2ab ≤ a² + b²`, found by `grind` wherever a product `a * b` stands. -/
theorem neg_two_mul_le_add_sq (a b : R) : -(2 * a * b) ≤ a ^ 2 + b ^ 2 := by have := sq_nonneg (a + b); grind
grind_pattern sq_nonneg => a ^ 2

variable [Abs R]
/-- The absolute value by cases: what linear arithmetic needs to know of it. -/
theorem abs_cases (a : R) : 0 ≤ a ∧ abs a = a ∨ a < 0 ∧ abs a = -a := by
  by_cases h : 0 ≤ a
  · exact Or.inl ⟨h, abs_of_nonneg h⟩
  · exact Or.inr ⟨by grind, abs_of_nonpos (by grind)⟩
grind_pattern abs_cases => abs a
theorem abs_of_pos (h : 0 < a) : abs a = a := abs_of_nonneg (le_of_lt h)
theorem abs_of_neg (h : a < 0) : abs a = -a := abs_of_nonpos (le_of_lt h)
@[simp] theorem abs_nonneg (a : R) : 0 ≤ abs a := by have := abs_cases a; grind
@[simp] theorem abs_neg (a : R) : abs (-a) = abs a := by have := abs_cases a; have := abs_cases (-a); grind
@[simp] theorem abs_abs (a : R) : abs (abs a) = abs a := abs_of_nonneg (abs_nonneg a)
theorem abs_zero : abs (0 : R) = 0 := abs_of_nonneg (le_refl 0)
theorem abs_le : abs a ≤ b ↔ -b ≤ a ∧ a ≤ b := by have := abs_cases a; grind
theorem abs_lt : abs a < b ↔ -b < a ∧ a < b := by have := abs_cases a; grind
theorem le_abs_self (a : R) : a ≤ abs a := by have := abs_cases a; grind
theorem neg_abs_le (a : R) : -abs a ≤ a := by have := abs_cases a; grind
theorem neg_le_abs (a : R) : -a ≤ abs a := by have := abs_cases a; grind
theorem abs_sub_comm (a b : R) : abs (a - b) = abs (b - a) := by
  have := abs_cases (a - b); have := abs_cases (b - a); grind
theorem abs_add_le (a b : R) : abs (a + b) ≤ abs a + abs b := by
  have := abs_cases a; have := abs_cases b; have := abs_cases (a + b); grind
theorem abs_eq_zero : abs a = 0 ↔ a = 0 := by have := abs_cases a; grind
theorem abs_mul (a b : R) : abs (a * b) = abs a * abs b := by
  rcases le_total 0 a with h | h <;> rcases le_total 0 b with k | k
  · rw [abs_of_nonneg h, abs_of_nonneg k, abs_of_nonneg (mul_nonneg h k)]
  · rw [abs_of_nonneg h, abs_of_nonpos k, abs_of_nonpos (by have := mul_nonneg h (neg_nonneg.2 k); grind)]; grind
  · rw [abs_of_nonpos h, abs_of_nonneg k, abs_of_nonpos (by have := mul_nonneg (neg_nonneg.2 h) k; grind)]; grind
  · rw [abs_of_nonpos h, abs_of_nonpos k, abs_of_nonneg (mul_nonneg_of_nonpos_of_nonpos h k)]; grind
@[simp] theorem sq_abs (a : R) : abs a ^ 2 = a ^ 2 := by rcases abs_cases a with h | h <;> rw [h.2] <;> grind
end OrderedRing
