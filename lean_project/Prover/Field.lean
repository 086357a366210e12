module

public import Prover.Core
public import Prover.OrderedField
public import Prover.RealFunctions
public import Prover.RealLemmas
public import Prover.Complex
public import Prover.NNReal
public import Prover.RealNotation
public import Prover.RealTactics
public import Prover.AutomationField

/-! The prelude for statements over ℝ and ℂ, which its header binds as variables. -/
