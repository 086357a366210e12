"""What models write for Isabelle becomes one Isar step, or is dropped with a reason."""

from __future__ import annotations

import pytest

from prover.isabelle.output import isar_step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("by simp", "by simp"),
        ("  apply (induct n)\n  apply auto\n  done", "apply (induct n)"),
        ("using h0 apply auto", "using h0 apply auto"),
        ("using assms by (auto simp: field_simps)\nqed", "using assms by (auto simp: field_simps)"),
        ('have a: "x > 0" using h by simp\nthen show ?thesis by auto', 'have a: "x > 0" using h by simp'),
        ('also have "… = 2" by simp finally', 'also have "\\<dots> = 2" by simp'),
        (
            'then obtain k where "n = 2 * k"\n  by (elim evenE)',
            'then obtain k where "n = 2 * k"\n  by (elim evenE)',
        ),
        ('have "x = 1"\nproof -\n  show ?thesis', 'have "x = 1"'),
        ('from a show "P" .', 'from a show "P" .'),
        ('proof (cases "even n")\n  case True', 'proof (cases "even n")'),
        ("qed (auto simp: h)", "qed (auto simp: h)"),
        ("qed", "qed"),
        ("{ fix x", "{"),
        ('fix x :: nat assume "x > 0"', "fix x :: nat"),
        ("Next step:\nby auto", "by auto"),
        ("**Next step:** by auto", "by auto"),
        ("1. by auto", "by auto"),
        ("```isabelle\nby auto\n```\nThis works because of arithmetic.", "by auto"),
        ("<think>by magic?</think>by blast", "by blast"),
        ("by auto (* easy *)", "by auto"),
        ('have "n ≤ 12" by (simp add: h)', 'have "n \\<le> 12" by (simp add: h)'),
        ("by auto</s>", "by auto"),
        ('apply (subst "by auto")', 'apply (subst "by auto")'),
        ("apply (rule exI [where x = 1])", "apply (rule exI [where x = 1])"),
    ],
)
def test_the_first_step_is_taken_whole(text: str, step: str) -> None:
    assert isar_step(text, truncated=False).text == step
    assert isar_step(step, truncated=False).text == step


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("(* nothing *)", "empty"),
        ("We use induction on n.", "chatter"),
        ("<think>and so on", "chatter"),
        ("sorry", "sorry"),
        ('have "False" sorry', "sorry"),
        ("oops", "sorry"),
        ("by (tactic ‹all_tac›)", "forbidden"),
        ("using [[smt_oracle]] by smt", "forbidden"),
        ("by auto\x07", "control characters"),
        ("by \u200bauto", "control characters"),
        ('by (simp add: "unfinished', "chatter"),
        ("by (simp add: " + "x " * 3000 + ")", "too long"),
        ("by simp\n" + " " * 40_000, "too long"),
        (" " * 39_000 + "x", "chatter"),
        ("then " * 7900, "too long"),
        ("lemma False by simp", "chatter"),
        ("ML ‹1›", "chatter"),
        ("sledgehammer", "chatter"),
    ],
)
def test_what_is_no_step_is_dropped_with_a_reason(text: str, reason: str) -> None:
    parsed = isar_step(text, truncated=False)
    assert (parsed.text, parsed.dropped) == ("", reason)


def test_a_step_that_may_lack_its_end_is_dropped() -> None:
    assert isar_step('have "x = 1" by (simp add: al', truncated=True).dropped == "truncated"
    assert isar_step("apply auto\napply (simp add: al", truncated=True).text == "apply auto"
    assert isar_step("```isabelle\nby auto\n```\nBecause", truncated=True).text == "by auto"


def test_words_in_strings_and_comments_are_nobodys_harm() -> None:
    kept = 'have "sorry = oops" (* sorry *) by simp'
    assert isar_step(kept, truncated=False).text.startswith('have "sorry = oops"')
