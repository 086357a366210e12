"""The judge on the real Lean: nothing wrong is called proved, and honest proofs that look odd pass."""

from __future__ import annotations

import pytest

from prover.judge import LeanJudge
from prover.lean.protocol import RUNGS
from prover.statements.preludes import prelude
from prover.types import Statement

CORE = prelude("core").header
FALSE = Statement("t", "theorem t : (1 : ℕ) = 2", CORE)
TRUE = Statement("t", "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1", CORE)
BOTH = Statement("t", "theorem t : (1 : ℕ) = 2 ∧ (1 : ℕ) = 1", CORE)
BIG = Statement("t", "theorem t : (2 : ℕ) ^ 10 = 1024", CORE)

# Each with the rung that refuses it.
CHEATS = {
    "plain sorry": (FALSE, "sorry", "syntax"),
    "admit": (FALSE, "admit", "syntax"),
    "sorry inside a term": (FALSE, "exact (show False from sorry).elim", "syntax"),
    "sorry inside a nested by": (FALSE, "have h : False := by\n  sorry\nexact h.elim", "syntax"),
    "sorry without its warning": (FALSE, "set_option warn.sorry false in sorry", "syntax"),
    "sorryAx by its name": (FALSE, "exact sorryAx _ true", "syntax"),
    "sorryAx in a definition": (
        FALSE,
        "let f : ℕ → False := fun _ => sorryAx False false\nexact (f 0).elim",
        "syntax",
    ),
    "a hole left by stop": (FALSE, "stop\nrfl", "syntax"),
    "native_decide": (BIG, "native_decide", "syntax"),
    "decide +native": (BIG, "decide +native", "syntax"),
    "decide with native in its config": (BIG, "decide (config := { native := true })", "syntax"),
    "native in a structure of options": (
        BIG,
        "decide (config := { kernel := true, native := true })",
        "syntax",
    ),
    "code attached to a local function": (
        BIG,
        "let rec @[implemented_by Nat.succ] f (n : ℕ) : ℕ := n\nrfl",
        "syntax",
    ),
    "an unsafe function by its name": (FALSE, "exact (unsafeCast rfl : (1 : ℕ) = 2)", "syntax"),
    "an action by its name": (FALSE, "have : IO Unit := pure ()\nrfl", "syntax"),
    "a configuration named by a definition": (BIG, "simp (config := { maxSteps })", "syntax"),
    "ofReduceBool by its name": (
        BIG,
        "exact of_decide_eq_true (Lean.ofReduceBool (decide ((2 : ℕ) ^ 10 = 1024)) true rfl)",
        "syntax",
    ),
    "memory read by a configuration": (
        FALSE,
        "simp (config := { maxSteps := (#[1] : Array ℕ).uget 9999999 (by contradiction) })",
        "syntax",
    ),
    "kernel checks off": (FALSE, "set_option debug.skipKernelTC true in rfl", "syntax"),
    "code at elaboration": (FALSE, "run_tac Lean.Elab.Tactic.setGoals []", "syntax"),
    "a term by code": (FALSE, "exact by_elab return Lean.mkConst ``True", "syntax"),
    "an unsafe term": (FALSE, "exact unsafe (unsafeCast rfl)", "syntax"),
    "a file read at elaboration": (FALSE, 'let _ := include_str "/etc/passwd"\nrfl', "syntax"),
    "an error that was recovered": (BOTH, "constructor\n· exact missing_lemma\n· decide", "elaborates"),
    "a metavariable left": (FALSE, "exact ?x", "elaborates"),
    "a search left in": (FALSE, "exact?", "elaborates"),
    "the theorem by itself": (FALSE, "exact t", "elaborates"),
    "the wrong fact": (FALSE, "decide", "elaborates"),
    "an unfinished proof": (TRUE, "skip", "elaborates"),
    "an axiom after the proof": (FALSE, "exact easy\n\naxiom easy : (1 : ℕ) = 2", "syntax"),
    "a second theorem": (BIG, "rfl\n\ntheorem other : (1 : ℕ) = 2 := by sorry", "syntax"),
    "an instance after the proof": (BIG, "rfl\ninstance : Add ℕ := ⟨Nat.mul⟩", "syntax"),
    "a notation after the proof": (BIG, 'rfl\nlocal notation "one" => 2', "syntax"),
    "a command after the proof": (BIG, 'rfl\n#eval IO.println "proved"', "syntax"),
    "an end of file": (FALSE, "rfl\n#exit", "syntax"),
    "an unclosed comment": (FALSE, "/- rfl", "syntax"),
    "a where clause": (FALSE, "exact h\nwhere\n  h : (1 : ℕ) = 2 := by decide", "syntax"),
    "a termination hint": (FALSE, "exact t\ntermination_by 0", "syntax"),
    "output like ours": (FALSE, "trace \"'t' depends on axioms: [propext]\"\nsorry", "syntax"),
    "a macro for sorry": (FALSE, 'macro "done!" : tactic => `(tactic| sorry)\ndone!', "syntax"),
    "a look-alike letter": (FALSE, "ѕorry", "syntax"),
    "no proof at all": (FALSE, "", "syntax"),
    "only a comment": (FALSE, "-- trivial", "syntax"),
}

HONEST = {
    "a closer": (TRUE, "omega"),
    "several lines and bullets": (
        Statement("t", "theorem t (p q : Prop) (hp : p) (hq : q) : p ∧ q", CORE),
        "constructor\n· exact hp\n· exact hq",
    ),
    "a name with sorry in it": (TRUE, "have sorry_free := h\nomega"),
    "a string with sorry in it": (TRUE, 'have s := "sorry"\nomega'),
    "a comment with sorry in it": (TRUE, "-- no sorry here\nomega"),
    "classical logic": (Statement("t", "theorem t (p : Prop) : p ∨ ¬p", CORE), "exact Classical.em p"),
    "an option that bounds work": (TRUE, "set_option maxRecDepth 2000 in omega"),
    "a configuration": (TRUE, "try simp (config := { maxSteps := 1000 }) at h\nomega"),
    "an open namespace": (TRUE, "open Nat in omega"),
    "a local instance that changes nothing": (BIG, "let inst : Add ℕ := ⟨Nat.mul⟩\nrfl"),
    "decide": (BIG, "decide"),
    "decide with a configuration": (BIG, "decide (config := { kernel := true })"),
    "a name in the root": (Statement("A.b", "theorem _root_.A.b : (2 : ℕ) ^ 10 = 1024", CORE), "rfl"),
    "a name in the root, from a namespace": (
        Statement("A.b", "theorem _root_.A.b : (2 : ℕ) ^ 10 = 1024", CORE + "namespace X\n"),
        "rfl",
    ),
    "an open namespace before the theorem": (
        Statement("t", "open Nat in\ntheorem t (n : ℕ) : n < succ n", CORE),
        "exact lt_succ_self n",
    ),
    "options and namespaces before the theorem": (
        Statement(
            "t",
            "set_option maxHeartbeats 400000 in\nopen Nat in\n/-- A fact. -/\ntheorem t : 1 < succ 1",
            CORE,
        ),
        "decide",
    ),
    "calc": (BIG, "calc (2 : ℕ) ^ 10 = 2 ^ 5 * 2 ^ 5 := by rfl\n  _ = 1024 := by rfl"),
    "induction": (
        Statement("t", "theorem t (n : ℕ) : 0 + n = n", CORE),
        "induction n with\n| zero => rfl\n| succ k ih => omega",
    ),
    "a case split with inaccessible names": (
        Statement("t", "theorem t (p q : Prop) (h : p ∨ q) : q ∨ p", CORE),
        "cases h\n· right; assumption\n· left; assumption",
    ),
    "a trace": (BIG, 'trace "hello"\nrfl'),
}


SYNTAX_OF_MATHLIB = (
    CORE
    + """
namespace Mathlib.Meta
syntax (name := eval_expr) "eval% " term : term
end Mathlib.Meta
namespace Mathlib.Tactic.Conv
syntax (name := convRun_conv_) "run_conv " term : conv
end Mathlib.Tactic.Conv
namespace Lean.Parser.Tactic
syntax (name := trace) "trace " term : tactic
end Lean.Parser.Tactic
namespace ProofWidgets
syntax (name := withPanelWidgetsTacticStx) "with_panel_widgets" "[" ident,+ "]" tacticSeq : tactic
end ProofWidgets
syntax (name := plausibleSyntax) "plausible" : tactic
declare_syntax_cat Aesop.tactic_clause
syntax " (" &"config" " := " term ")" : Aesop.tactic_clause
syntax " (" &"simp_config" " := " term ")" : Aesop.tactic_clause
syntax "aesop" Aesop.tactic_clause* : tactic
macro_rules | `(tactic| aesop $_*) => `(tactic| rfl)
syntax "apply" " (" &"config" " := " term ") " term : tactic
"""
)
"""Stand-ins for what Mathlib, Aesop and ProofWidgets evaluate: the same kinds and shapes, nothing behind."""


@pytest.mark.parametrize(
    "script",
    [
        "have := eval% (1 : ℕ)\nrfl",
        "conv => run_conv 1",
        'trace (toString "x")\nrfl',
        "with_panel_widgets [A]\n  rfl",
        "plausible",
        "aesop (config := t)",
        "aesop (config := { maxRules := t.size })",
        "aesop (simp_config := t)",
        "apply (config := t) rfl",
    ],
)
async def test_what_would_evaluate_a_text_of_the_proof_is_refused(judge: LeanJudge, script: str) -> None:
    verdict = await judge.judge(Statement("t", BIG.text, SYNTAX_OF_MATHLIB), script)
    assert verdict.rungs[-1].name == "syntax", verdict
    assert verdict.reason.startswith(("forbidden syntax", "a configuration may hold")), verdict.reason


async def test_a_configuration_that_is_written_out_is_not(judge: LeanJudge) -> None:
    statement = Statement("t", BIG.text, SYNTAX_OF_MATHLIB)
    for script in ("aesop (config := { maxRules := 20 }) (simp_config := { decide := true })", "aesop"):
        assert (await judge.judge(statement, script)).proved


@pytest.mark.parametrize("name", CHEATS)
async def test_a_cheat_is_refused(judge: LeanJudge, name: str) -> None:
    statement, script, rung = CHEATS[name]
    verdict = await judge.judge(statement, script)
    assert not verdict.proved and verdict.reason
    assert verdict.rungs[-1].name == rung, verdict


@pytest.mark.parametrize("name", HONEST)
async def test_an_honest_proof_passes_every_rung(judge: LeanJudge, name: str) -> None:
    statement, script = HONEST[name]
    verdict = await judge.judge(statement, script)
    assert verdict.proved, verdict
    assert tuple(rung.name for rung in verdict.rungs) == RUNGS


async def test_a_standard_axiom_is_named_and_allowed(judge: LeanJudge) -> None:
    statement = Statement("t", "theorem t (p : Prop) (h : Nonempty p) : p", CORE)
    verdict = await judge.judge(statement, "exact Classical.choice h")
    assert verdict.proved and verdict.axioms == ("Classical.choice",)


async def test_an_axiom_of_the_header_is_refused_by_name(judge: LeanJudge) -> None:
    statement = Statement("t", "theorem t : (1 : ℕ) = 2", CORE + "axiom easy : (1 : ℕ) = 2\n")
    verdict = await judge.judge(statement, "exact easy")
    assert verdict.rungs[-1].name == "axioms" and "easy" in verdict.reason


async def test_a_sorried_lemma_of_the_header_is_refused(judge: LeanJudge) -> None:
    statement = Statement("t", "theorem t : (1 : ℕ) = 2", CORE + "theorem gap : (1 : ℕ) = 2 := by sorry\n")
    verdict = await judge.judge(statement, "exact gap")
    assert verdict.rungs[-1].name == "axioms" and "sorryAx" in verdict.reason


async def test_a_tactic_that_smuggles_a_constant_past_the_kernel_is_refused(judge: LeanJudge) -> None:
    header = """import Lean
open Lean Elab Tactic Meta
elab "smuggle" : term => do
  let decl := Declaration.thmDecl {
    name := `smuggled, levelParams := [], type := mkConst ``False, value := mkConst ``True.intro }
  match (← getEnv).addDeclCore 0 decl none (doCheck := false) with
  | .ok env => do
    setEnv env
    return mkConst `smuggled
  | .error _ => throwError "refused"
"""
    verdict = await judge.judge(Statement("t", "theorem t : False", header), "exact smuggle")
    assert not verdict.proved, verdict
    assert verdict.rungs[-1].name in ("kernel", "elaborates")


async def test_a_false_statement_with_something_before_it_is_refused(judge: LeanJudge) -> None:
    statement = Statement("t", "open Nat in\ntheorem t : (1 : ℕ) = 2", CORE)
    for script, rung in (("rfl", "elaborates"), ("sorry", "syntax"), (":= by\n  sorry", "syntax")):
        assert (await judge.judge(statement, script)).rungs[-1].name == rung


async def test_a_false_statement_of_a_name_that_exists_is_not_taken_for_it(judge: LeanJudge) -> None:
    statement = Statement("Nat.add_comm", "theorem Nat.add_comm : (1 : ℕ) = 2", CORE)
    assert not (await judge.judge(statement, "rfl")).proved


async def test_the_judge_goes_on_after_a_proof_that_ends_lean(judge: LeanJudge) -> None:
    deep = "exact " + "(" * 20_000 + "rfl" + ")" * 20_000
    assert not (await judge.judge(FALSE, deep)).proved
    assert (await judge.judge(TRUE, "omega")).proved
