import Prover.Core
set_option maxHeartbeats 400000
set_option autoImplicit false
open BigOperators Real Nat Topology Rat
