module

public import Prover.RealLemmas
public import Prover.Tactics

/-! What `positivity` knows of casts, roots, exponentials and `π`. -/

@[expose] public section

-- A macro must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

macro_rules (kind := positivityStx)
  | `(tactic| positivity) => `(tactic| first
      | exact Nat.cast_nonneg _
      | exact Real.sqrt_nonneg _
      | exact Real.exp_pos _
      | exact Real.pi_pos
      | (apply Nat.cast_pos.2; positivity)
      | (apply Nat.cast_ne_zero.2; positivity)
      | (apply Real.sqrt_pos.2; positivity)
      | (apply Real.rpow_pos_of_pos; positivity))
