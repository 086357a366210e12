import Prover.Field
set_option maxHeartbeats 400000
set_option autoImplicit false
open BigOperators Real Nat Topology Rat
variable {ℝ : Type} [Lean.Grind.Field ℝ] [LE ℝ] [LT ℝ] [Std.LawfulOrderLT ℝ] [Std.IsLinearOrder ℝ]
  [Lean.Grind.OrderedRing ℝ] [RealStructure ℝ]
variable {ℂ : Type} [Lean.Grind.Field ℂ] [Lean.Grind.IsCharP ℂ 0] [ImaginaryUnit ℂ] [ComplexStructure ℝ ℂ]
local notation "Real.sqrt" => @Real.sqrt ℝ _ _ _ _ _ _ _
local notation "Real.exp" => @Real.exp ℝ _ _ _ _ _ _ _
local notation "Real.log" => @Real.log ℝ _ _ _ _ _ _ _
local notation "Real.logb" => @Real.logb ℝ _ _ _ _ _ _ _
local notation "Real.sin" => @Real.sin ℝ _ _ _ _ _ _ _
local notation "Real.cos" => @Real.cos ℝ _ _ _ _ _ _ _
local notation "Real.tan" => @Real.tan ℝ _ _ _ _ _ _ _
local notation "π" => Real.pi ℝ
local notation "Real.pi" => Real.pi ℝ
local notation "NNReal" => NonnegSubtype ℝ
local notation "NNReal.sqrt" => @NNReal.sqrt ℝ _ _ _ _ _ _ _
local notation "Complex.I" => @Complex.I ℂ _ _
