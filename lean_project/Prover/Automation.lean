module

public import Prover.Algebra

/-! Facts about natural numbers that proof search asks for by name. -/

@[expose] public section

/-- A modulus for which two different numbers are congruent is at most their difference. -/
theorem Nat.le_sub_of_modEq {n a b : Nat} (h : a % n = b % n) (hab : b < a) : n ≤ a - b :=
  Nat.le_of_dvd (by omega) (Nat.dvd_of_mod_eq_zero (Nat.sub_mod_eq_zero_of_mod_eq h))
