module

public import Prover.Division
public import Prover.NumberTheory

/-! Tactics with Mathlib's names, as macros over core Lean's `simp`, `omega`, `grind` and `decide`. They need not do what
Mathlib's do step by step: they let proofs written for Mathlib run, and the kernel checks the outcome. -/

@[expose] public section

-- A macro must not need an auxiliary constant that importers do not see.
set_option compiler.extract_closed false

universe u

open Lean.Parser.Tactic

theorem Prover.contrapose {p q : Prop} (h : ¬ q → ¬ p) : p → q := fun hp => Classical.byContradiction fun hq => h hq hp
theorem Prover.exists_eq {α : Sort u} (a : α) : ∃ x, x = a := ⟨a, rfl⟩

/-! ### Negation and case distinction -/

/-- Moves negations inwards. -/
syntax (name := pushNeg) "push_neg" (ppSpace location)? : tactic
macro_rules (kind := pushNeg)
  | `(tactic| push_neg) => `(tactic| simp only [Classical.not_forall, not_exists, not_and,
      Classical.not_imp, Classical.not_not, not_or, ne_eq, Nat.not_le, Nat.not_lt, Int.not_le, Int.not_lt, not_le,
      not_lt, exists_prop])
  | `(tactic| push_neg $l:location) => `(tactic| simp only [Classical.not_forall, not_exists, not_and,
      Classical.not_imp, Classical.not_not, not_or, ne_eq, Nat.not_le, Nat.not_lt, Int.not_le, Int.not_lt, not_le,
      not_lt, exists_prop] $l:location)

/-- Assumes the negation of the goal. -/
syntax (name := byContra) "by_contra" (ppSpace colGt ident)? : tactic
macro_rules (kind := byContra)
  | `(tactic| by_contra $h:ident) =>
    `(tactic| first | refine (fun $h => ?_ : ¬ _) | refine Classical.byContradiction fun $h => ?_)
  | `(tactic| by_contra) => `(tactic| first | refine (fun _ => ?_ : ¬ _) | refine Classical.byContradiction fun _ => ?_)

/-- Assumes the negation of the goal, negations moved inwards. -/
syntax (name := byContraNeg) "by_contra!" (ppSpace colGt ident)? : tactic
macro_rules (kind := byContraNeg)
  | `(tactic| by_contra! $h:ident) =>
    `(tactic| (refine Classical.byContradiction fun $h => ?_; try push_neg at $h:ident))
  | `(tactic| by_contra!) => `(tactic| (refine Classical.byContradiction fun h => ?_; try push_neg at h))

/-- Turns `p → q` into `¬ q → ¬ p`; with a name, for a goal and that hypothesis. -/
syntax (name := contraposeStx) "contrapose" (ppSpace colGt ident)? : tactic
macro_rules (kind := contraposeStx)
  | `(tactic| contrapose) => `(tactic| refine Prover.contrapose ?_)
  | `(tactic| contrapose $h:ident) => `(tactic| (revert $h:ident; refine Prover.contrapose ?_; intro $h:ident))
/-- `contrapose` with negations moved inwards. -/
syntax (name := contraposeNeg) "contrapose!" (ppSpace colGt ident)? : tactic
macro_rules (kind := contraposeNeg)
  | `(tactic| contrapose!) => `(tactic| (refine Prover.contrapose ?_; try push_neg))
  | `(tactic| contrapose! $h:ident) =>
    `(tactic| (revert $h:ident; refine Prover.contrapose ?_; try push_neg; intro $h:ident))

/-- Gives witnesses for an existential goal and tries to close what is left. -/
syntax (name := useStx) "use " term,+ : tactic
macro_rules (kind := useStx)
  | `(tactic| use $a) => `(tactic| (refine ⟨$a, ?_⟩; try trivial))
  | `(tactic| use $a, $b) => `(tactic| (refine ⟨$a, $b, ?_⟩; try trivial))
  | `(tactic| use $a, $b, $c) => `(tactic| (refine ⟨$a, $b, $c, ?_⟩; try trivial))
  | `(tactic| use $a, $b, $c, $d) => `(tactic| (refine ⟨$a, $b, $c, $d, ?_⟩; try trivial))

/-- Splits every `if` of the goal. -/
macro "split_ifs" : tactic => `(tactic| repeat' split)

/-- Mathlib's unstructured `induction'` on a natural number. -/
macro "induction' " x:ident " with " n:ident ih:ident : tactic =>
  `(tactic| induction $x:ident with | zero => ?_ | succ $n:ident $ih:ident => ?_)

/-- Mathlib's unstructured `cases'` on a conjunction, an existential, a disjunction or a natural number. -/
syntax (name := casesPrime) "cases' " term:max " with " ident (ppSpace ident)? : tactic
macro_rules (kind := casesPrime)
  | `(tactic| cases' $h with $a:ident $b:ident) => `(tactic| first
      | cases $h:term with | intro $a:ident $b:ident => ?_
      | cases $h:term with | inl $a:ident => ?_ | inr $b:ident => ?_)
  | `(tactic| cases' $h with $a:ident) => `(tactic| cases $h:term with | zero => ?_ | succ $a:ident => ?_)

/-- Names a term and replaces it everywhere. -/
syntax (name := setStx) "set " ident " := " term (" with " ident)? : tactic
macro_rules (kind := setStx)
  | `(tactic| set $x:ident := $e with $h:ident) =>
    `(tactic| (generalize $h : $e = $x at *; replace $h:ident := Eq.symm $h))
  | `(tactic| set $x:ident := $e) => `(tactic| generalize $e = $x at *)

/-- Replaces a non-negative integer variable by a natural number. -/
macro "lift " x:ident " to " "ℕ" " using " h:term : tactic =>
  `(tactic| obtain ⟨$x:ident, rfl⟩ := Int.eq_ofNat_of_zero_le $h)

/-- The call of `simp` with the arguments of a tactic of the same shape; `only` replaces what stands in its place. -/
meta def Prover.asSimp (stx : Lean.Syntax) (only : Lean.Syntax) : Lean.TSyntax `tactic :=
  ⟨.node .none ``Lean.Parser.Tactic.simp #[Lean.mkAtom "simp", stx.getArg 1, stx.getArg 2, only, stx.getArg 4, stx.getArg 5]⟩

/-- Rewrites under binders. -/
syntax (name := simpRw) "simp_rw" optConfig (discharger)? (&" only")?
  (" [" (simpStar <|> simpErase <|> simpLemma),*,? "]")? (location)? : tactic
@[macro simpRw] meta def Prover.expandSimpRw : Lean.Macro := fun stx => do
  let s := Prover.asSimp stx (.node .none `null #[Lean.mkAtom "only"])
  `(tactic| $s:tactic)

/-- Propositional reasoning, by `grind`. -/
macro "tauto" : tactic => `(tactic| first | assumption | grind | (simp_all; done))
/-- General search: `simp_all`, then `grind`. -/
macro "aesop" : tactic => `(tactic| first | (simp_all; done) | grind)

/-! ### Arithmetic -/

/-- Equations in commutative rings and fields. -/
macro "ring" : tactic => `(tactic| first | rfl | grind | (simp; done) | omega)
@[inherit_doc tacticRing] macro "ring1" : tactic => `(tactic| ring)

/-- Multiplies out, and closes the goal if that shows it. -/
syntax (name := ringNf) "ring_nf" (ppSpace location)? : tactic
macro_rules (kind := ringNf)
  | `(tactic| ring_nf) => `(tactic| first
      | ring
      | simp only [mul_add, add_mul, mul_sub, sub_mul, pow_two, pow_three, ← add_assoc, ← mul_assoc, mul_one, one_mul])
  | `(tactic| ring_nf $l:location) => `(tactic| try simp only [mul_add, add_mul, mul_sub, sub_mul, pow_two, pow_three,
      ← add_assoc, ← mul_assoc, mul_one, one_mul] $l:location)

/-- Adds each of up to eight given terms as a hypothesis. -/
syntax hints := "[" term,* "]"
@[inherit_doc hints] syntax (name := haveAll) "have_all " hints : tactic
macro_rules (kind := haveAll)
  | `(tactic| have_all [$a]) => `(tactic| (have := $a))
  | `(tactic| have_all [$a, $b]) => `(tactic| (have := $a; have := $b))
  | `(tactic| have_all [$a, $b, $c]) => `(tactic| (have := $a; have := $b; have := $c))
  | `(tactic| have_all [$a, $b, $c, $d]) => `(tactic| (have := $a; have := $b; have := $c; have := $d))
  | `(tactic| have_all [$a, $b, $c, $d, $e]) => `(tactic| (have := $a; have := $b; have := $c; have := $d; have := $e))
  | `(tactic| have_all [$a, $b, $c, $d, $e, $f]) => `(tactic| (have := $a; have := $b; have := $c; have := $d; have := $e; have := $f))
  | `(tactic| have_all [$a, $b, $c, $d, $e, $f, $g]) => `(tactic| (have := $a; have := $b; have := $c; have := $d; have := $e; have := $f; have := $g))
  | `(tactic| have_all [$a, $b, $c, $d, $e, $f, $g, $h]) => `(tactic| (have := $a; have := $b; have := $c; have := $d; have := $e; have := $f; have := $g; have := $h))

/-- Linear arithmetic over ordered fields and numbers; hints become hypotheses. -/
syntax (name := linarithStx) "linarith" (ppSpace hints)? : tactic
macro_rules (kind := linarithStx)
  | `(tactic| linarith) => `(tactic| first | omega | grind)
  | `(tactic| linarith $ts:hints) => `(tactic| (have_all $ts:hints; first | omega | grind))

/-- A mark in the context that lets `grind` use the products below; `nlinarith` sets it. -/
def Prover.Nonlinear (_ : Nat) : Prop := True
theorem Prover.nonlinear (n : Nat) : Prover.Nonlinear n := trivial

section Nonlinear
open Lean.Grind
variable {R : Type u} [CommRing R] [LE R] [LT R] [Std.LawfulOrderLT R] [Std.IsLinearOrder R] [OrderedRing R]
theorem Prover.nl_square (_ : Prover.Nonlinear 0) (a b : R) :
    2 * (a * b) ≤ a ^ 2 + b ^ 2 ∧ -(2 * (a * b)) ≤ a ^ 2 + b ^ 2 := by
  have := sq_nonneg (a - b); have := sq_nonneg (a + b); grind
grind_pattern Prover.nl_square => a * b, Prover.Nonlinear 0
theorem Prover.nl_square_one (_ : Prover.Nonlinear 0) (a : R) : 2 * a ≤ a ^ 2 + 1 ∧ -(2 * a) ≤ a ^ 2 + 1 := by
  have := sq_nonneg (a - 1); have := sq_nonneg (a + 1); grind
grind_pattern Prover.nl_square_one => a ^ 2, Prover.Nonlinear 0
theorem Prover.nl_lt_lt (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a < b) (h₂ : c < d) :
    0 < (b - a) * (d - c) := mul_pos (sub_pos.2 h₁) (sub_pos.2 h₂)
grind_pattern Prover.nl_lt_lt => a < b, c < d, Prover.Nonlinear 1
theorem Prover.nl_le_le (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a ≤ b) (h₂ : c ≤ d) :
    0 ≤ (b - a) * (d - c) := mul_nonneg (sub_nonneg.2 h₁) (sub_nonneg.2 h₂)
grind_pattern Prover.nl_le_le => a ≤ b, c ≤ d, Prover.Nonlinear 1
theorem Prover.nl_lt_le (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a < b) (h₂ : c ≤ d) :
    0 ≤ (b - a) * (d - c) := mul_nonneg (sub_nonneg.2 (le_of_lt h₁)) (sub_nonneg.2 h₂)
grind_pattern Prover.nl_lt_le => a < b, c ≤ d, Prover.Nonlinear 1
theorem Prover.nl_lt_not_le (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a < b) (h₂ : ¬ c ≤ d) :
    0 < (b - a) * (c - d) := mul_pos (sub_pos.2 h₁) (sub_pos.2 (not_le.1 h₂))
grind_pattern Prover.nl_lt_not_le => a < b, c ≤ d, Prover.Nonlinear 1
theorem Prover.nl_le_not_le (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a ≤ b) (h₂ : ¬ c ≤ d) :
    0 ≤ (b - a) * (c - d) := mul_nonneg (sub_nonneg.2 h₁) (sub_nonneg.2 (le_of_lt (not_le.1 h₂)))
grind_pattern Prover.nl_le_not_le => a ≤ b, c ≤ d, Prover.Nonlinear 1
theorem Prover.nl_not_le_not_le (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : ¬ a ≤ b) (h₂ : ¬ c ≤ d) :
    0 < (a - b) * (c - d) := mul_pos (sub_pos.2 (not_le.1 h₁)) (sub_pos.2 (not_le.1 h₂))
grind_pattern Prover.nl_not_le_not_le => a ≤ b, c ≤ d, Prover.Nonlinear 1
theorem Prover.nl_lt_not_lt (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a < b) (h₂ : ¬ c < d) :
    0 ≤ (b - a) * (c - d) := mul_nonneg (sub_nonneg.2 (le_of_lt h₁)) (sub_nonneg.2 (not_lt.1 h₂))
grind_pattern Prover.nl_lt_not_lt => a < b, c < d, Prover.Nonlinear 1
theorem Prover.nl_le_not_lt (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : a ≤ b) (h₂ : ¬ c < d) :
    0 ≤ (b - a) * (c - d) := mul_nonneg (sub_nonneg.2 h₁) (sub_nonneg.2 (not_lt.1 h₂))
grind_pattern Prover.nl_le_not_lt => a ≤ b, c < d, Prover.Nonlinear 1
theorem Prover.nl_not_lt_not_lt (_ : Prover.Nonlinear 1) (a b c d : R) (h₁ : ¬ a < b) (h₂ : ¬ c < d) :
    0 ≤ (a - b) * (c - d) := mul_nonneg (sub_nonneg.2 (not_lt.1 h₁)) (sub_nonneg.2 (not_lt.1 h₂))
grind_pattern Prover.nl_not_lt_not_lt => a < b, c < d, Prover.Nonlinear 1
end Nonlinear

/-- Nonlinear arithmetic: `grind` with the hints, then with squares of what is multiplied, then with products of pairs
of the inequalities in sight. -/
syntax (name := nlinarithStx) "nlinarith" (ppSpace hints)? : tactic
macro_rules (kind := nlinarithStx)
  | `(tactic| nlinarith) => `(tactic| first
      | grind
      | (have := Prover.nonlinear 0; grind (ematch := 2) (splits := 4) (instances := 60))
      | (have := Prover.nonlinear 1; grind (ematch := 1) (splits := 4) (instances := 60))
      | (have := Prover.nonlinear 0; have := Prover.nonlinear 1; grind (ematch := 1) (splits := 2) (instances := 60)))
  | `(tactic| nlinarith $ts:hints) => `(tactic| (have_all $ts:hints; nlinarith))

/-- A linear combination of hypotheses shows an equation: `grind` finds it without being told which. -/
syntax (name := linearCombination) "linear_combination" (ppSpace colGt term)? : tactic
macro_rules (kind := linearCombination)
  | `(tactic| linear_combination) => `(tactic| grind)
  | `(tactic| linear_combination $_e) => `(tactic| grind)

/-- Simplification and evaluation; closes the goal by arithmetic where that is possible. -/
syntax (name := normNum) "norm_num" optConfig (discharger)? (&" only")?
  (" [" (simpStar <|> simpErase <|> simpLemma),*,? "]")? (location)? : tactic
@[macro normNum] meta def Prover.expandNormNum : Lean.Macro := fun stx => do
  let s := Prover.asSimp stx (stx.getArg 3)
  if (stx.getArg 5).isNone then
    `(tactic| first | ($s:tactic; done) | (decide; done) | omega | grind | ($s:tactic <;> first | done | omega | grind) | $s:tactic)
  else
    `(tactic| $s:tactic)

/-- Goals `0 < e`, `0 ≤ e` and `e ≠ 0`, by the shape of `e`. -/
syntax (name := positivityStx) "positivity" : tactic
macro_rules (kind := positivityStx)
  | `(tactic| positivity) => `(tactic| first
      | assumption
      | omega
      | exact sq_nonneg _
      | exact mul_self_nonneg _
      | exact abs_nonneg _
      | exact Nat.factorial_pos _
      | (apply mul_pos <;> positivity)
      | (apply div_pos <;> positivity)
      | (apply add_pos <;> positivity)
      | (apply add_pos_of_pos_of_nonneg <;> positivity)
      | (apply add_pos_of_nonneg_of_pos <;> positivity)
      | (apply pow_pos; positivity)
      | (apply mul_nonneg <;> positivity)
      | (apply div_nonneg <;> positivity)
      | (apply add_nonneg <;> positivity)
      | (apply pow_nonneg; positivity)
      | (apply inv_pos.2; positivity)
      | grind
      | (apply ne_of_gt; positivity)
      | (apply le_of_lt; positivity))

/-- Clears denominators that are known not to vanish. -/
syntax (name := fieldSimp) "field_simp" (ppSpace hints)? (ppSpace location)? : tactic
macro_rules (kind := fieldSimp)
  | `(tactic| field_simp) => `(tactic| simp (disch := first | assumption | grind | positivity) only
      [div_add_div, div_sub_div, div_add', add_div', div_sub', sub_div', div_eq_iff, eq_div_iff, div_eq_div_iff,
        div_le_div_iff, div_lt_div_iff, div_le_iff₀, le_div_iff₀, div_lt_iff₀, lt_div_iff₀, div_div,
        div_mul_eq_mul_div])
  | `(tactic| field_simp $l:location) => `(tactic| simp (disch := first | assumption | grind | positivity) only
      [div_add_div, div_sub_div, div_add', add_div', div_sub', sub_div', div_eq_iff, eq_div_iff, div_eq_div_iff,
        div_le_div_iff, div_lt_div_iff, div_le_iff₀, le_div_iff₀, div_lt_iff₀, lt_div_iff₀, div_div,
        div_mul_eq_mul_div] $l:location)
  | `(tactic| field_simp $h:hints) => `(tactic| (have_all $h:hints; field_simp))
  | `(tactic| field_simp $h:hints $l:location) => `(tactic| (have_all $h:hints; field_simp $l:location))

/-- From `n ≤ x`, one goal for `x = n`, and the same again from `n + 1` until the context is contradictory. -/
syntax (name := casesFrom) "cases_from " ident num term:max : tactic
macro_rules (kind := casesFrom)
  | `(tactic| cases_from $h $n:num $x) => do
    let next := Lean.Syntax.mkNumLit (toString (n.getNat + 1))
    `(tactic| first
      | (exfalso; omega)
      | (rcases (show $x = $n ∨ $next ≤ $x by omega) with $h:ident | $h:ident
         try subst $h:ident
         rotate_left
         cases_from $h $next $x))

/-- Splits a natural number or a non-negative integer, bounded by the context, into its possible values. -/
macro "interval_cases " x:term:max : tactic =>
  `(tactic| (have hcases : 0 ≤ $x := by omega
             cases_from hcases 0 $x))

/-- States facts about natural numbers as facts about integers. -/
syntax (name := zifyStx) "zify" (ppSpace location)? : tactic
macro_rules (kind := zifyStx)
  | `(tactic| zify) => `(tactic| simp only [← Int.natCast_inj, ← Int.ofNat_le, ← Int.ofNat_lt, Int.natCast_add,
      Int.natCast_mul, Int.natCast_pow])
  | `(tactic| zify $l:location) => `(tactic| simp only [← Int.natCast_inj, ← Int.ofNat_le, ← Int.ofNat_lt, Int.natCast_add,
      Int.natCast_mul, Int.natCast_pow] $l:location)

/-- Counts or sums a finite set of natural numbers given by `h : ∀ n, n ∈ S ↔ p n`, all of them below `N`. -/
macro "finset_decide " h:term:max N:term:max : tactic =>
  `(tactic| (rw [Finset.eq_filter_range $h $N (by intro n hn; first | omega | grind)]; decide +kernel))
