import Prover.Field
set_option maxHeartbeats 400000
set_option autoImplicit false
set_option linter.unusedVariables false
set_option linter.unusedSectionVars false
open BigOperators Real Nat Topology Rat
variable {ℝ : Type} [Lean.Grind.Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ]
  [Lean.Grind.OrderedRing ℝ] [RealStructure ℝ]
variable {ℂ : Type} [Lean.Grind.Field ℂ] [Lean.Grind.IsCharP ℂ 0] [ImaginaryUnit ℂ] [ComplexStructure ℝ ℂ]
local macro_rules | `(Real.sqrt) => `(@_root_.Real.sqrt ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.exp) => `(@_root_.Real.exp ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.log) => `(@_root_.Real.log ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.logb) => `(@_root_.Real.logb ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.sin) => `(@_root_.Real.sin ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.cos) => `(@_root_.Real.cos ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.tan) => `(@_root_.Real.tan ℝ _ _ _ _ _ _ _)
local macro_rules | `(Real.pi) => `(@_root_.Real.pi ℝ _ _ _ _ _ _ _)
local macro_rules | `(π) => `(@_root_.Real.pi ℝ _ _ _ _ _ _ _)
local macro_rules | `(NNReal) => `(NonnegSubtype ℝ)
local macro_rules | `(NNReal.sqrt) => `(@_root_.NNReal.sqrt ℝ _ _ _ _ _ _ _)
local macro_rules | `(Complex.I) => `(@_root_.Complex.I ℂ _ _)
