"""Verdicts that theories reported in a real Isabelle/HOL process, by the text's name in `isabelle_cheats`."""

from __future__ import annotations

RUNGS = ("syntax", "elaborates", "statement", "variables", "oracles", "axioms")


def _report(trusted: list[str], **refused: str) -> dict:
    rungs = [{"name": n, "passed": n not in refused, "detail": refused.get(n, "")} for n in RUNGS]
    return {"rungs": rungs, "axioms": trusted}


RECORDED = {
    "honest": _report([]),
    "honest_isar": _report([]),
    "sorry": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "nested_sorry": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "quick_and_dirty": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "cheat_tac": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "qualified_tactic": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "quoted_tactic": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "coded_tactic": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "tactic_in_a_text": _report(["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'),
    "tactic_in_a_string_in_a_text": _report(
        ["Pure.skip_proof"], oracles='it rests on the oracle "Pure.skip_proof"'
    ),
    "oops": _report([], statement='there is no fact "Problem.goal"'),
    "locale": _report(
        ["Problem.bad_def"],
        statement='there is no fact "Problem.goal"',
        axioms='it adds the axiom "Problem.bad_def"',
    ),
    "same_name": _report([], statement='the fact "Problem.goal" is another proposition than the statement'),
    "context": _report([], statement='the fact "Problem.goal" is another proposition than the statement'),
    "notation": _report(
        ["Problem.plus1_def_raw"],
        statement='the fact "Problem.goal" is another proposition than the statement',
        axioms='it adds the axiom "Problem.plus1_def_raw"',
    ),
    "axiom": _report(
        ["Problem.bad"],
        statement='the proof adds the facts "Problem.bad"',
        axioms='it adds the axiom "Problem.bad"',
    ),
    "oracle": _report(["Problem.bad"], oracles='it rests on the oracle "Problem.bad"'),
    "after_the_proof": _report([], statement='the proof adds the facts "Problem.more"'),
    "diagnostic": _report([]),
    "ml_in_a_proof": _report([]),
    "marker": _report([]),
    "loose_variable": _report(
        [], variables='free variables that no `fixes` or `for` declares (undefined names?): "n"'
    ),
    "undefined_name": _report(
        [],
        variables='free variables that no `fixes` or `for` declares (undefined names?): "n", "prime"',
    ),
}
