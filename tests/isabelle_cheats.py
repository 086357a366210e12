"""Texts that try to pass for a proof: what refuses them before they run, and what the kernel says of them.

`refused` is part of the reason why the text does not reach Isabelle (empty: it does). `rungs` are those that
refuse it if it is run all the same, with every command allowed; none for the honest ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from prover.isabelle.theory import header, statement_of
from prover.types import Statement

FALSE = 'theorem goal: "(1::nat) = 2"'
CHEAT_TAC = "\\<open>Skip_Proof.cheat_tac \\<^context> 1\\<close>"
TRUE = 'theorem goal: fixes n :: nat shows "n + 0 = n"'


@dataclass(frozen=True)
class Cheat:
    name: str
    proof: str
    refused: str
    rungs: str
    text: str = FALSE
    before: str = ""

    @property
    def statement(self) -> Statement:
        return statement_of(self.text, header(["Main"], self.before))


CHEATS = [
    Cheat("honest", "by simp", "", "", TRUE),
    Cheat("honest_isar", "proof -\n  show ?thesis by (* not sorry *) simp\nqed", "", "", TRUE),
    Cheat("false_by_simp", "by simp", "", "elaborates"),
    Cheat("sorry", "sorry", "gives the proof up", "oracles"),
    Cheat(
        "nested_sorry", "proof -\n  have False sorry\n  then show ?thesis by simp\nqed", "gives", "oracles"
    ),
    Cheat("quick_and_dirty", "using [[quick_and_dirty = true]]\n  sorry", "[[…]]", "oracles"),
    Cheat("cheat_tac", f"by (tactic {CHEAT_TAC})", "tactic", "oracles"),
    Cheat("qualified_tactic", f"by (Pure.tactic {CHEAT_TAC})", "tactic", "oracles"),
    Cheat("quoted_tactic", f'by ("tactic" {CHEAT_TAC})', "ML in a text", "oracles"),
    Cheat("coded_tactic", f'by ("tac\\116ic" {CHEAT_TAC})', "ML in a text", "oracles"),
    Cheat(
        "tactic_in_a_text", f"by (subproofs \\<open>tactic {CHEAT_TAC}\\<close>)", "ML in a text", "oracles"
    ),
    Cheat(
        "tactic_in_a_string_in_a_text",
        f'by (subproofs "\\"raw_\\\\116actic\\" {CHEAT_TAC}")',
        "ML in a text",
        "oracles",
    ),
    Cheat("oops", "oops", "gives the proof up", "statement"),
    Cheat(
        "locale",
        f"oops\nlocale bad = assumes bad: False\nbegin\n{FALSE} using bad by simp\nend",
        "gives",
        "statement axioms",
    ),
    Cheat("same_name", 'oops\ntheorem goal: "True" by simp', "gives", "statement"),
    Cheat(
        "end_of_comment", '*) theorem goal: "True" by simp', "never closed", "elaborates", before="(* a note"
    ),
    Cheat(
        "context", "using bad by simp\nend", "end is", "statement", before="context assumes bad: False\nbegin"
    ),
    Cheat(
        "notation",
        'oops\ndefinition plus1 :: "nat \\<Rightarrow> nat \\<Rightarrow> nat" '
        'where "plus1 a b = Suc (a + b)"\n'
        'no_notation plus (infixl "+" 65)\nnotation plus1 (infixl "+" 65)\n'
        'theorem goal: "(1::nat) + 1 = 3" by (simp add: plus1_def)',
        "gives",
        "statement axioms",
        'theorem goal: "(1::nat) + 1 = 3"',
    ),
    Cheat(
        "axiom",
        f"oops\naxiomatization where bad: False\n{FALSE} using bad by simp",
        "gives",
        "statement axioms",
    ),
    Cheat(
        "oracle",
        f"oops\noracle bad = \\<open>fn (ct: cterm) => ct\\<close>\n{FALSE} by (tactic "
        "\\<open>resolve_tac \\<^context> [bad \\<^cprop>\\<open>(1::nat) = 2\\<close>] 1\\<close>)",
        "gives",
        "oracles",
    ),
    Cheat("unfinished", "proof -", "", "elaborates", TRUE),
    Cheat("apply_left_open", "apply -", "", "elaborates", TRUE),
    Cheat("after_the_proof", 'by simp\nlemma more: "True" by simp', "lemma is", "statement", TRUE),
    Cheat("diagnostic", "nitpick\n  by simp", "nitpick", "", TRUE),
    Cheat("ml_in_a_proof", "ML_prf \\<open>val x = 1\\<close>\n  by simp", "ML_prf", "", TRUE),
    Cheat("marker", "by simp \\<comment> \\<open>@{ML 1}\\<close>", "\\<comment>", "", TRUE),
    Cheat("loose_variable", "by simp", "", "variables", 'theorem goal: "n + 0 = (n::nat)"'),
    Cheat("undefined_name", "by (rule refl)", "", "variables", 'theorem goal: "prime n = prime n"'),
    Cheat("next_theory", "by simp\nend\ntheory Problem imports Main begin", "end is", "elaborates", TRUE),
]

RUNS_ML = [cheat for cheat in CHEATS if "tactic" in cheat.name or cheat.name == "cheat_tac"]
"""Those that run ML by a method."""

BY_NAME = {cheat.name: cheat for cheat in CHEATS}
