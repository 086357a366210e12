module

public import Prover.Finset

/-! Primes, parity, factorials, binomial coefficients, congruences, roots, digits and divisors of numbers. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u v

/-- Mathlib's `Even`. -/
def Even {α : Type u} [Add α] (a : α) : Prop := ∃ r, a = r + r
/-- Mathlib's `Odd`. -/
def Odd {α : Type u} [Add α] [Mul α] [OfNat α 1] [OfNat α 2] (a : α) : Prop := ∃ m, a = 2 * m + 1

namespace Nat

@[grind =] theorem even_iff {n : Nat} : Even n ↔ n % 2 = 0 :=
  ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩
@[grind =] theorem odd_iff {n : Nat} : Odd n ↔ n % 2 = 1 :=
  ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩
theorem even_or_odd (n : Nat) : Even n ∨ Odd n := by rw [even_iff, odd_iff]; omega
@[simp] theorem not_even_iff_odd {n : Nat} : ¬ Even n ↔ Odd n := by rw [even_iff, odd_iff]; omega
@[simp] theorem not_odd_iff_even {n : Nat} : ¬ Odd n ↔ Even n := by rw [even_iff, odd_iff]; omega
instance (n : Nat) : Decidable (Even n) := decidable_of_iff _ even_iff.symm
instance (n : Nat) : Decidable (Odd n) := decidable_of_iff _ odd_iff.symm

/-- Mathlib's `Nat.factorial`. -/
def factorial : Nat → Nat
  | 0 => 1
  | n + 1 => (n + 1) * factorial n

@[inherit_doc] scoped notation:10000 n "!" => Nat.factorial n

@[simp, grind =] theorem factorial_zero : factorial 0 = 1 := rfl
@[grind =] theorem factorial_succ (n : Nat) : factorial (n + 1) = (n + 1) * factorial n := rfl
@[simp] theorem factorial_one : factorial 1 = 1 := rfl
@[simp] theorem factorial_two : factorial 2 = 2 := rfl
@[grind! .] theorem factorial_pos (n : Nat) : 0 < factorial n := by
  induction n with
  | zero => decide
  | succ n ih => exact Nat.mul_pos (Nat.succ_pos n) ih
theorem factorial_ne_zero (n : Nat) : factorial n ≠ 0 := Nat.pos_iff_ne_zero.1 (factorial_pos n)
theorem dvd_factorial {m n : Nat} (h₀ : 0 < m) (h : m ≤ n) : m ∣ factorial n := by
  induction n with
  | zero => omega
  | succ n ih =>
    rw [factorial_succ]
    by_cases e : m = n + 1
    · subst e; exact Nat.dvd_mul_right _ _
    · exact Nat.dvd_trans (ih (by omega)) (Nat.dvd_mul_left _ _)

/-- Mathlib's `Nat.choose`, by Pascal's rule. -/
def choose : Nat → Nat → Nat
  | _, 0 => 1
  | 0, _ + 1 => 0
  | n + 1, k + 1 => choose n k + choose n (k + 1)

@[simp, grind =] theorem choose_zero_right (n : Nat) : choose n 0 = 1 := by cases n <;> rfl
@[simp, grind =] theorem choose_zero_succ (k : Nat) : choose 0 (k + 1) = 0 := rfl
@[grind =] theorem choose_succ_succ (n k : Nat) : choose (n + 1) (k + 1) = choose n k + choose n (k + 1) := rfl
theorem choose_succ_succ' (n k : Nat) : choose (n + 1) (k + 1) = choose n k + choose n (k + 1) := rfl
theorem choose_eq_zero_of_lt : ∀ {n k : Nat}, n < k → choose n k = 0
  | _, 0, h => absurd h (Nat.not_lt_zero _)
  | 0, _ + 1, _ => rfl
  | n + 1, k + 1, h => by
    rw [choose_succ_succ, choose_eq_zero_of_lt (by omega), choose_eq_zero_of_lt (by omega)]
@[simp] theorem choose_self (n : Nat) : choose n n = 1 := by
  induction n with
  | zero => rfl
  | succ n ih => rw [choose_succ_succ, ih, choose_eq_zero_of_lt (Nat.lt_succ_self n)]
@[simp] theorem choose_one_right (n : Nat) : choose n 1 = n := by
  induction n with
  | zero => rfl
  | succ n ih => rw [choose_succ_succ, ih, choose_zero_right, Nat.add_comm]
theorem add_one_mul_choose_eq : ∀ n k : Nat, (n + 1) * choose n k = choose (n + 1) (k + 1) * (k + 1)
  | 0, 0 => rfl
  | 0, k + 1 => by simp [choose]
  | n + 1, 0 => by simp
  | n + 1, k + 1 => by
    have h₁ := add_one_mul_choose_eq n k
    have h₂ := add_one_mul_choose_eq n (k + 1)
    have e₁ := choose_succ_succ n k
    have e₂ := choose_succ_succ (n + 1) (k + 1)
    rw [e₂]
    rw [e₁] at h₁ ⊢
    grind

/-- Mathlib's `Nat.Prime` (there: irreducible), by `Nat.prime_def`: at least 2, and only trivial divisors. -/
def Prime (p : Nat) : Prop := 2 ≤ p ∧ ∀ m, m ∣ p → m = 1 ∨ m = p

theorem Prime.two_le {p : Nat} (h : Prime p) : 2 ≤ p := h.1
theorem Prime.pos {p : Nat} (h : Prime p) : 0 < p := Nat.lt_of_lt_of_le (by decide) h.1
theorem Prime.one_lt {p : Nat} (h : Prime p) : 1 < p := h.1
theorem Prime.ne_zero {p : Nat} (h : Prime p) : p ≠ 0 := Nat.pos_iff_ne_zero.1 h.pos
theorem Prime.ne_one {p : Nat} (h : Prime p) : p ≠ 1 := fun e => absurd h.1 (by omega)
theorem prime_def {p : Nat} : Prime p ↔ 2 ≤ p ∧ ∀ m, m ∣ p → m = 1 ∨ m = p := Iff.rfl
theorem Prime.eq_one_or_self_of_dvd {p : Nat} (h : Prime p) (m : Nat) (hm : m ∣ p) : m = 1 ∨ m = p := h.2 m hm
grind_pattern Prime.two_le => Prime p

theorem Prime.dvd_mul {p m n : Nat} (h : Prime p) : p ∣ m * n ↔ p ∣ m ∨ p ∣ n := by
  refine ⟨fun hd => ?_, fun hd => hd.elim (fun e => Nat.dvd_mul_right_of_dvd e n)
    (fun e => Nat.dvd_mul_left_of_dvd e m)⟩
  cases h.2 _ (Nat.gcd_dvd_left p m) with
  | inl e => exact Or.inr (Nat.Coprime.dvd_of_dvd_mul_left e hd)
  | inr e => exact Or.inl (e ▸ Nat.gcd_dvd_right p m)

theorem Prime.dvd_of_dvd_pow {p m n : Nat} (h : Prime p) (hd : p ∣ m ^ n) : p ∣ m := by
  induction n with
  | zero => exact absurd (Nat.dvd_one.1 (by simpa using hd)) h.ne_one
  | succ n ih => rw [Nat.pow_succ] at hd; exact (h.dvd_mul.1 hd).elim ih id

theorem Prime.eq_two_or_odd {p : Nat} (h : Prime p) : p = 2 ∨ p % 2 = 1 := by
  by_cases e : p % 2 = 1
  · exact Or.inr e
  · exact (h.2 2 (Nat.dvd_of_mod_eq_zero (by omega))).elim (by omega) fun e => Or.inl e.symm

/-- `true` if no number from `k` up to the root of `n` divides `n`, tried with `fuel` steps. -/
def noDivisorFrom (n : Nat) : Nat → Nat → Bool
  | 0, _ => true
  | fuel + 1, k => if n < k * k then true else if n % k = 0 then false else noDivisorFrom n fuel (k + 1)

theorem noDivisorFrom_spec (n : Nat) : ∀ fuel k, n < (k + fuel) * (k + fuel) →
    (noDivisorFrom n fuel k = true ↔ ∀ m, k ≤ m → m * m ≤ n → ¬ m ∣ n)
  | 0, k, h => by
    refine ⟨fun _ m hm hn _ => ?_, fun _ => rfl⟩
    exact absurd (Nat.lt_of_lt_of_le h (Nat.mul_le_mul hm hm)) (Nat.not_lt.2 hn)
  | fuel + 1, k, h => by
    unfold noDivisorFrom
    by_cases h₁ : n < k * k
    · simp only [h₁, if_true, true_iff]
      intro m hm hn
      exact absurd (Nat.lt_of_lt_of_le h₁ (Nat.mul_le_mul hm hm)) (Nat.not_lt.2 hn)
    · by_cases h₂ : n % k = 0
      · simp only [h₁, h₂, if_false, if_true, Bool.false_eq_true, false_iff]
        exact fun hh => hh k (Nat.le_refl k) (Nat.not_lt.1 h₁) (Nat.dvd_of_mod_eq_zero h₂)
      · simp only [h₁, h₂, if_false]
        rw [noDivisorFrom_spec n fuel (k + 1) (by rw [Nat.add_assoc, Nat.add_comm 1]; exact h)]
        refine ⟨fun hh m hm hn => ?_, fun hh m hm => hh m (Nat.le_of_succ_le hm)⟩
        by_cases e : m = k
        · subst e; exact fun hd => h₂ (Nat.mod_eq_zero_of_dvd hd)
        · exact hh m (by omega) hn

theorem prime_iff_noDivisor {p : Nat} : Prime p ↔ 2 ≤ p ∧ ∀ m, 2 ≤ m → m * m ≤ p → ¬ m ∣ p := by
  refine ⟨fun h => ⟨h.1, fun m hm hn hd => ?_⟩, fun h => ⟨h.1, fun m ⟨k, hk⟩ => ?_⟩⟩
  · cases h.2 m hd with
    | inl e => omega
    | inr e => subst e; exact absurd (Nat.mul_le_mul_right m hm) (by omega)
  · by_cases h₁ : m = 1
    · exact Or.inl h₁
    · refine Or.inr ?_
      have hm : m ≠ 0 := fun e => by rw [e, Nat.zero_mul] at hk; omega
      have hk₀ : k ≠ 0 := fun e => by rw [e, Nat.mul_zero] at hk; omega
      by_cases h₂ : k = 1
      · rw [h₂, Nat.mul_one] at hk; exact hk.symm
      · exfalso
        cases Nat.le_total m k with
        | inl e => exact h.2 m (by omega) (hk ▸ Nat.mul_le_mul_left m e) ⟨k, hk⟩
        | inr e => exact h.2 k (by omega) (hk ▸ Nat.mul_le_mul_right k e) ⟨m, by rw [hk, Nat.mul_comm]⟩

/-- Decides by trial division up to the root, so that the kernel evaluates it fast. -/
instance decidablePrime (p : Nat) : Decidable (Prime p) :=
  decidable_of_iff (2 ≤ p ∧ noDivisorFrom p p 2 = true) (by
    rw [prime_iff_noDivisor, noDivisorFrom_spec]
    exact Nat.lt_of_lt_of_le (by omega : p < p + 2)
      (Nat.le_trans (by rw [Nat.mul_one, Nat.add_comm]; exact Nat.le_refl _)
        (Nat.mul_le_mul_left (2 + p) (by omega : 1 ≤ 2 + p))))

/-- Mathlib's `Nat.Coprime` is core's. Mathlib's `Nat.ModEq`. -/
def ModEq (n a b : Nat) : Prop := a % n = b % n

@[inherit_doc] notation:50 a " ≡ " b " [MOD " n "]" => Nat.ModEq n a b
@[simp, grind =] theorem modEq_iff {n a b : Nat} : ModEq n a b ↔ a % n = b % n := Iff.rfl
instance (n a b : Nat) : Decidable (ModEq n a b) := inferInstanceAs (Decidable (a % n = b % n))

/-- Digit by digit in base 4: the root of `n`, if `n < 4 ^ fuel`. -/
def sqrtAux : Nat → Nat → Nat
  | 0, _ => 0
  | fuel + 1, n =>
    let r := 2 * sqrtAux fuel (n / 4)
    if (r + 1) * (r + 1) ≤ n then r + 1 else r

/-- Mathlib's `Nat.sqrt`: the integer part of the square root (`Nat.sqrt_le`, `Nat.lt_succ_sqrt` determine it). -/
def sqrt (n : Nat) : Nat := sqrtAux (n.log2 + 1) n

theorem sqrtAux_spec : ∀ fuel n, n < 4 ^ fuel →
    sqrtAux fuel n * sqrtAux fuel n ≤ n ∧ n < (sqrtAux fuel n + 1) * (sqrtAux fuel n + 1)
  | 0, n, h => by simp [sqrtAux] at *; omega
  | fuel + 1, n, h => by
    have ih := sqrtAux_spec fuel (n / 4) (by rw [Nat.pow_succ] at h; omega)
    unfold sqrtAux
    generalize sqrtAux fuel (n / 4) = r at ih
    obtain ⟨h₁, h₂⟩ := ih
    have h₃ : 4 * (r * r) ≤ n := by omega
    have h₄ : n < 4 * ((r + 1) * (r + 1)) := by omega
    dsimp only
    split
    · refine ⟨by assumption, ?_⟩; grind
    · constructor
      · grind
      · omega

theorem sqrt_spec (n : Nat) : sqrt n * sqrt n ≤ n ∧ n < (sqrt n + 1) * (sqrt n + 1) := by
  refine sqrtAux_spec _ _ (Nat.lt_of_lt_of_le Nat.lt_log2_self ?_)
  exact Nat.pow_le_pow_left (by decide) _
theorem sqrt_le (n : Nat) : sqrt n * sqrt n ≤ n := (sqrt_spec n).1
theorem lt_succ_sqrt (n : Nat) : n < succ (sqrt n) * succ (sqrt n) := (sqrt_spec n).2
theorem sqrt_eq_iff {n r : Nat} : sqrt n = r ↔ r * r ≤ n ∧ n < (r + 1) * (r + 1) := by
  refine ⟨fun h => h ▸ sqrt_spec n, fun h => ?_⟩
  have h' := sqrt_spec n
  have h₁ : ¬ (sqrt n + 1 ≤ r) := fun e => absurd (Nat.mul_le_mul e e) (by omega)
  have h₂ : ¬ (r + 1 ≤ sqrt n) := fun e => absurd (Nat.mul_le_mul e e) (by omega)
  omega
@[simp] theorem sqrt_mul_self (n : Nat) : sqrt (n * n) = n := sqrt_eq_iff.2 ⟨Nat.le_refl _, by grind⟩
@[simp] theorem sqrt_sq (n : Nat) : sqrt (n ^ 2) = n := by rw [Nat.pow_two]; exact sqrt_mul_self n
grind_pattern sqrt_spec => sqrt n

/-- The digits of `n` in base `b ≥ 2`, least significant first, if `n < b ^ fuel`. -/
def digitsAux (b : Nat) : Nat → Nat → List Nat
  | 0, _ => []
  | fuel + 1, n => if n = 0 then [] else (n % b) :: digitsAux b fuel (n / b)

/-- Mathlib's `Nat.digits`: base 0 gives the number itself (nothing for 0), base 1 that many ones. -/
def digits (b n : Nat) : List Nat :=
  match b with
  | 0 => if n = 0 then [] else [n]
  | 1 => List.replicate n 1
  | b + 2 => digitsAux (b + 2) (n.log2 + 1) n

/-- Mathlib's `Nat.ofDigits`. -/
def ofDigits (b : Nat) : List Nat → Nat
  | [] => 0
  | d :: ds => d + b * ofDigits b ds

/-- Mathlib's `Nat.divisors`: the divisors of `n`, none for `n = 0`. -/
def divisors (n : Nat) : Finset Nat := (Finset.Icc 1 n).filter (· ∣ n)
/-- Mathlib's `Nat.properDivisors`: the divisors of `n` below `n`. -/
def properDivisors (n : Nat) : Finset Nat := ((Finset.Icc 1 (n - 1)).filter (· ∣ n))

@[simp, grind =] theorem mem_divisors {n m : Nat} : m ∈ divisors n ↔ m ∣ n ∧ n ≠ 0 := by
  simp only [divisors, Finset.mem_filter, Finset.mem_Icc]
  refine ⟨fun h => ⟨h.2, by omega⟩, fun h => ⟨⟨?_, Nat.le_of_dvd (by omega) h.1⟩, h.1⟩⟩
  exact Nat.pos_of_dvd_of_pos h.1 (by omega)
@[simp, grind =] theorem mem_properDivisors {n m : Nat} : m ∈ properDivisors n ↔ m ∣ n ∧ m < n := by
  simp only [properDivisors, Finset.mem_filter, Finset.mem_Icc]
  refine ⟨fun h => ⟨h.2, by omega⟩, fun h => ⟨⟨?_, by omega⟩, h.1⟩⟩
  exact Nat.pos_of_dvd_of_pos h.1 (by omega)

end Nat

namespace Int

@[grind =] theorem even_iff {n : Int} : Even n ↔ n % 2 = 0 :=
  ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩
@[grind =] theorem odd_iff {n : Int} : Odd n ↔ n % 2 = 1 :=
  ⟨fun ⟨r, h⟩ => by omega, fun h => ⟨n / 2, by omega⟩⟩
@[simp] theorem not_even_iff_odd {n : Int} : ¬ Even n ↔ Odd n := by rw [even_iff, odd_iff]; omega
@[simp] theorem not_odd_iff_even {n : Int} : ¬ Odd n ↔ Even n := by rw [even_iff, odd_iff]; omega
instance (n : Int) : Decidable (Even n) := decidable_of_iff _ even_iff.symm
instance (n : Int) : Decidable (Odd n) := decidable_of_iff _ odd_iff.symm

/-- Mathlib's `Int.ModEq`. -/
def ModEq (n a b : Int) : Prop := a % n = b % n

@[inherit_doc] notation:50 a " ≡ " b " [ZMOD " n "]" => Int.ModEq n a b
@[simp, grind =] theorem modEq_iff {n a b : Int} : ModEq n a b ↔ a % n = b % n := Iff.rfl
instance (n a b : Int) : Decidable (ModEq n a b) := inferInstanceAs (Decidable (a % n = b % n))

end Int
