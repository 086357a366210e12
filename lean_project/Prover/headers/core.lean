import Prover.Core
set_option maxHeartbeats 400000
set_option autoImplicit false
set_option linter.unusedVariables false
set_option linter.unusedSectionVars false
open BigOperators Real Nat Topology Rat
