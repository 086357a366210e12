module

public import Prover.Set
public import Prover.Finset
public import Prover.BigOperators
public import Prover.NumberTheory
public import Prover.Abs
public import Prover.ZMod
public import Prover.Algebra
public import Prover.Division
public import Prover.Tactics
public import Prover.Filter
public import Prover.Automation

/-! The prelude for statements over ℕ, ℤ and ℚ: what miniF2F's statements take from Mathlib, without Mathlib. -/

-- The names of the original header's `open` line have to be namespaces.
public section
namespace BigOperators end BigOperators
namespace Real end Real
namespace Topology end Topology
end
