module

public import Prover.RealFunctions

/-! The complex numbers as a field with `I`, and over the real numbers with real and imaginary parts. -/

@[expose] public noncomputable section

set_option linter.unusedSectionVars false
-- A notation must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

open Lean.Grind

/-- A field with a square root of -1. Mathlib's `ℂ` with `Complex.I` is an instance by `Complex.I_mul_I`, so what is
proved for every such field of characteristic 0 holds of the complex numbers. -/
class ImaginaryUnit (ℂ : Type) [Field ℂ] where
  /-- Mathlib: `Complex.I`. -/
  I : ℂ
  /-- Mathlib: `Complex.I_mul_I`. -/
  I_mul_I : I * I = -1

/-- Mathlib's `Complex.I`. -/
def Complex.I {ℂ : Type} [Field ℂ] [ImaginaryUnit ℂ] : ℂ := ImaginaryUnit.I

namespace Complex
variable {ℂ : Type} [Field ℂ] [ImaginaryUnit ℂ]
@[simp, grind =] theorem I_mul_I : (I : ℂ) * I = -1 := ImaginaryUnit.I_mul_I
@[simp] theorem I_sq : (I : ℂ) ^ 2 = -1 := by have := I_mul_I (ℂ := ℂ); grind
grind_pattern I_mul_I => (I : ℂ)
theorem I_ne_zero : (I : ℂ) ≠ 0 := fun e => by have := I_mul_I (ℂ := ℂ); grind
end Complex

/-- The complex numbers over the real ones: each has one real and one imaginary part. Mathlib's `ℂ` over its `ℝ` is an
instance (`Complex.re_add_im`, `Complex.ofReal_add`, …), and up to isomorphism there is no other. -/
class ComplexStructure (ℝ : outParam Type) (ℂ : Type) [Field ℝ] [Field ℂ] [ImaginaryUnit ℂ] where
  /-- Mathlib: `Complex.ofReal`. -/
  ofReal : ℝ → ℂ
  /-- Mathlib: `Complex.re`. -/
  re : ℂ → ℝ
  /-- Mathlib: `Complex.im`. -/
  im : ℂ → ℝ
  /-- Mathlib: `Complex.ofReal_one`. -/
  ofReal_one : ofReal 1 = 1
  /-- Mathlib: `Complex.ofReal_add`. -/
  ofReal_add : ∀ x y, ofReal (x + y) = ofReal x + ofReal y
  /-- Mathlib: `Complex.ofReal_mul`. -/
  ofReal_mul : ∀ x y, ofReal (x * y) = ofReal x * ofReal y
  /-- Mathlib: `Complex.re_add_im`. -/
  re_add_im : ∀ z, ofReal (re z) + ofReal (im z) * Complex.I = z
  /-- Mathlib: from `Complex.add_re`, `Complex.ofReal_re`, …. -/
  re_ofReal_add : ∀ x y, re (ofReal x + ofReal y * Complex.I) = x
  /-- Mathlib: from `Complex.add_im`, `Complex.ofReal_im`, …. -/
  im_ofReal_add : ∀ x y, im (ofReal x + ofReal y * Complex.I) = y

section
variable {ℝ ℂ : Type} [Field ℝ] [Field ℂ] [ImaginaryUnit ℂ] [ComplexStructure ℝ ℂ]

/-- Mathlib's `Complex.ofReal`. -/
@[coe] def Complex.ofReal (x : ℝ) : ℂ := ComplexStructure.ofReal x
/-- Mathlib's `Complex.re`. -/
def Complex.re (z : ℂ) : ℝ := ComplexStructure.re z
/-- Mathlib's `Complex.im`. -/
def Complex.im (z : ℂ) : ℝ := ComplexStructure.im z
instance : CoeTail ℝ ℂ := ⟨Complex.ofReal⟩
instance : CoeHTCT ℝ ℂ := ⟨Complex.ofReal⟩
end

/-- Equality of complex numbers is decided classically, as in Mathlib. -/
instance (priority := low) {ℂ : Type} [Field ℂ] [ImaginaryUnit ℂ] : DecidableEq ℂ := fun _ _ => Classical.propDecidable _
