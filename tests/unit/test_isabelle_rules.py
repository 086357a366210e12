"""What reaches Isabelle: decided on tokens, as Isabelle's outer syntax has them."""

from __future__ import annotations

import pytest

from prover.isabelle.lexer import tokens
from prover.isabelle.rules import MAX_CHARS, refusal_in_context, refusal_in_proof
from prover.isabelle.symbols import encode, source_column


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(text)]


def test_words_in_strings_comments_and_cartouches_are_no_words() -> None:
    text = '"sorry" (* sorry (* ML *) *) \\<open>sorry \\<open>ML\\<close>\\<close> by'
    assert [kind for kind, _ in kinds(text)] == ["string", "comment", "cartouche", "word"]


def test_a_string_ends_at_its_own_quote_and_not_at_an_escaped_one() -> None:
    assert kinds(r'"a \" sorry" simp') == [("string", r'"a \" sorry"'), ("word", "simp")]
    assert kinds(r'"a \\" simp') == [("string", r'"a \\"'), ("word", "simp")]


def test_a_dot_that_ends_a_proof_is_a_token_and_a_dot_in_a_name_is_not() -> None:
    assert [text for _, text in kinds("by (rule List.append.simps) . ..")] == [
        *("by", "(", "rule", "List.append.simps", ")", ".", ".."),
    ]


@pytest.mark.parametrize(
    "proof",
    [
        "by (simp add: field_simps)",
        'proof -\n  have "x = 1" using assms by auto (* not sorry *)\n  then show ?thesis by simp\nqed',
        'by (metis (no_types, lifting) foo[OF bar, of "[[1]]"])',
        "using assms apply - apply (auto simp: \\<open>x = 1\\<close>) done",
        'have "xs @ ys = (\\<lambda>tactics. syntactic ML) \\"x\\"" by simp',
    ],
)
def test_honest_proofs_pass(proof: str) -> None:
    assert refusal_in_proof(proof) is None


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ("sorry", "gives the proof up"),
        ("proof -\n  show ?thesis sorry\nqed", "gives the proof up"),
        ("oops", "gives the proof up"),
        ("ML_prf \\<open>1\\<close> by simp", "ML_prf"),
        ("by (tactic \\<open>all_tac\\<close>)", "tactic"),
        ("by (raw_tactic \\<open>all_tac\\<close>)", "raw_tactic"),
        ("by (Pure.tactic \\<open>all_tac\\<close>)", "Pure.tactic"),
        ('by ("tactic" \\<open>all_tac\\<close>)', "ML in a text"),
        ('by ("tac\\116ic" \\<open>all_tac\\<close>)', "ML in a text"),
        ("by (subproofs \\<open>Pure.tactic \\<open>all_tac\\<close>\\<close>)", "ML in a text"),
        ('by (use x in "\\"\\\\116actic\\" \\<open>all_tac\\<close>")', "ML in a text"),
        ('by (use x in "\\' + "092" * 20 + '116actic")', "ML in a text"),
        ('have "x = x \\<comment> \\<open>@{ML 1}\\<close>" by simp', "ML in a text"),
        ("by simp ― \\<open>@{ML 1}\\<close>", "\\<comment>"),
        ("using [[quick_and_dirty]] by simp", "[[…]]"),
        ("using [ [smt_oracle]] by simp", "[[…]]"),
        ('by simp\nlemma more: "True" by simp', "lemma"),
        ("by simp\nend theory T imports Main begin", "end"),
        ("by simp\naxiomatization where bad: False", "axiomatization"),
        ("nitpick by simp", "nitpick"),
        ("by simp (* never closed", "never closed"),
        ('have "x', "never closed"),
        ("by simp (*) sorry *)", "versions"),
        ("by simp {* x *}", "versions"),
        ("by simp \\<comment> \\<open>@{ML 1}\\<close>", "\\<comment>"),
        ("by\x07 simp", "control character U+0007"),
        ("by\u200bsimp", "control character U+200B"),
        ("by simp" + " " * MAX_CHARS, "longer"),
    ],
)
def test_what_a_proof_may_not_contain(proof: str, reason: str) -> None:
    refused = refusal_in_proof(encode(proof))
    assert refused is not None and reason in refused.reason


def test_a_refusal_says_where() -> None:
    refused = refusal_in_proof('proof -\n  show "a" sorry\nqed')
    assert refused is not None and (refused.place.line, refused.place.column) == (2, 11)


def test_holes_are_allowed_in_a_sketch_and_giving_up_is_not() -> None:
    assert refusal_in_proof("proof - show ?thesis sorry qed", holes=True) is None
    assert refusal_in_proof("oops", holes=True) is not None


def test_definitions_may_stand_before_a_statement_and_axioms_may_not() -> None:
    assert refusal_in_context('definition f :: "nat \\<Rightarrow> nat" where "f x = x"') is None
    for bad in (
        "axiomatization where bad: False",
        "ML \\<open>1\\<close>",
        'no_notation plus (infixl "+" 65)',
    ):
        assert refusal_in_context(bad) is not None


@pytest.mark.parametrize(
    "text",
    [
        "@{ML \\<open>1\\<close>}",
        '@{[modes="}"] "M\\076" \\<open>1\\<close>}',
        "\\<^ML_structure>\\<open>S\\<close>",
        '@{lemma "x = x" by (tactic \\<open>all_tac\\<close>)}',
    ],
)
def test_a_text_before_a_statement_may_speak_of_ml_and_not_run_it(text: str) -> None:
    assert refusal_in_context(f"text \\<open>{text}\\<close>") is not None
    assert refusal_in_context("text \\<open>By a tactic in ML, as @{term x} says\\<close>") is None


def test_unicode_is_written_as_isabelle_names_it() -> None:
    assert encode("∀x. x₁ ≤ y ⟹ P") == "\\<forall>x. x\\<^sub>1 \\<le> y \\<Longrightarrow> P"
    assert encode("a\r\nb\rc") == "a\nb\nc"


def test_columns_of_the_encoded_text_lead_back_to_the_source() -> None:
    line = "show ∀x. bad"
    assert source_column(line, encode(line).index("bad")) == line.index("bad")
