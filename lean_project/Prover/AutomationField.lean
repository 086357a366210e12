module

public import Prover.Automation
public import Prover.RealLemmas

/-! Facts over ordered fields that proof search asks for by name. -/

@[expose] public section

set_option linter.unusedSectionVars false

open Lean.Grind

/-- Distinct numbers have a positive squared difference. -/
theorem Prover.sq_pos_of_ne {R : Type} [CommRing R] [LE R] [LT R] [Std.LawfulOrderLT R] [Std.IsLinearOrder R]
    [OrderedRing R] {a b : R} (h : a ≠ b) : 0 < (a - b) ^ 2 := by
  rcases le_iff_eq_or_lt.1 (sq_nonneg (a - b)) with e | e
  · have := mul_self_eq_zero.1 (show (a - b) * (a - b) = 0 by grind); grind
  · exact e

/-- A real power whose exponent is a numeral is the power with that natural number, for positive bases. -/
theorem Real.rpow_ofNat {ℝ : Type} [Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ]
    [OrderedRing ℝ] [RealStructure ℝ] {x : ℝ} (hx : 0 < x) (n : Nat) : x ^ (OfNat.ofNat n : ℝ) = x ^ n := by
  rw [← Nat.cast_ofNat (R := ℝ)]; exact rpow_natCast hx n
