"""What models write becomes one tactic, or one proof; what is neither is dropped, with its reason."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prover.policy.output import PROOF_LIMIT, TACTIC_LIMIT, Parsed, one_tactic, whole_proof
from prover.policy.tactics import FORBIDDEN, SORRIES
from prover.statements.lexical import mask, tokens
from prover.types import Statement

INDUCTION = "induction n with\n| zero => simp\n| succ n ih =>\n  rw [ih]\n  ring"
HAVE = "have h₁ : 0 < n := by\n  rcases h with ⟨k, hk⟩\n  omega"
CALC = "calc a = b := by simp\n  _ = c := by ring"

TACTICS = {
    # A tactic stays as it is.
    "linarith": "linarith",
    "nlinarith [sq_nonneg (a - b), mul_pos h₀ h₁]": "nlinarith [sq_nonneg (a - b), mul_pos h₀ h₁]",
    "simp <;> linarith": "simp <;> linarith",
    "constructor <;>\n  linarith": "constructor <;>\n  linarith",
    "constructor\n<;> linarith": "constructor\n<;> linarith",
    INDUCTION: INDUCTION,
    HAVE: HAVE,
    CALC: CALC,
    "rw [h₁,\n  h₂,\n  h₃]": "rw [h₁,\n  h₂,\n  h₃]",
    "simp only [foo]\n  at h ⊢": "simp only [foo]\n  at h ⊢",
    "exact foo\n    (bar h)": "exact foo\n    (bar h)",
    "first\n  | linarith\n  | nlinarith": "first\n  | linarith\n  | nlinarith",
    "case inl h => simp at h": "case inl h => simp at h",
    "all_goals\n  simp": "all_goals\n  simp",
    "conv =>\n  lhs\n  simp": "conv =>\n  lhs\n  simp",
    "obtain ⟨x, hx⟩ := h": "obtain ⟨x, hx⟩ := h",
    "exact (by simp; ring)": "exact (by simp; ring)",
    "have h : a = b := by simp; ring": "have h : a = b := by simp; ring",
    "exact let x := 1; foo x": "exact let x := 1; foo x",
    "open Real in norm_num": "open Real in norm_num",
    "set_option maxHeartbeats 400000 in nlinarith": "set_option maxHeartbeats 400000 in nlinarith",
    "exact foo ..": "exact foo ..",
    "norm_num [h.1, 2.5]": "norm_num [h.1, 2.5]",
    "exact Set.inter_subset_left (s := A \\ B)": "exact Set.inter_subset_left (s := A \\ B)",
    "refine' ⟨_, fun x hx => _⟩": "refine' ⟨_, fun x hx => _⟩",
    "(simp)": "(simp)",
    "{ simp }": "{ simp }",
    # What merely looks forbidden.
    "exact hsorry": "exact hsorry",
    "exact stop_lemma h": "exact stop_lemma h",
    "rw [h.stop]": "rw [h.stop]",
    "exact Foo.theorem_1 x": "exact Foo.theorem_1 x",
    'simp [show "sorry" = "sorry" from rfl]': 'simp [show "sorry" = "sorry" from rfl]',
    "exact «sorry»": "exact «sorry»",
    # Wrappings.
    "  linarith  \n": "linarith",
    "```lean\nlinarith\n```": "linarith",
    "```lean4\nlinarith\n```\nThis closes the goal.": "linarith",
    "Sure! Here is the next tactic:\n\n```lean\nnlinarith [h]\n```\n\nIt works because `h`.": "nlinarith [h]",
    "```\nsimp\n```": "simp",
    "linarith\n```": "linarith",
    "The state is\n```\nx : ℕ\n⊢ x = x\n```\nso\n```lean\nrfl\n```": "rfl",
    "Explanation: by algebra.\n---\n```lean\nring\n```": "ring",
    "`norm_num at h`": "norm_num at h",
    "We can use `linarith` here.": "linarith",
    "1. simp\n2. linarith": "simp",
    "- simp": "simp",
    "* ring_nf": "ring_nf",
    "Tactic: simp": "simp",
    "**Next tactic:** simp": "simp",
    "Next tactic:\n---\nrw [h]\n---": "rw [h]",
    "---\nomega\n---\n": "omega",
    "by simp": "simp",
    ":= by simp": "simp",
    "by\n  simp\n  linarith": "simp",
    "· simp": "simp",
    "· intro x\n  simp": "intro x",
    ". simp at h": "simp at h",
    "<;> simp": "simp",
    '{"tactic": "rw [h\\u2081]"}': "rw [h₁]",
    "<think>maybe ring? no</think>\nlinarith": "linarith",
    # Only the first of several.
    "simp\nlinarith": "simp",
    "simp\n  linarith": "simp",
    "simp; linarith": "simp",
    "rw [h]; (simp; ring); omega": "rw [h]",
    "constructor\n· simp\n· ring": "constructor",
    HAVE + "\nlinarith": HAVE,
    INDUCTION + "\n\nend": INDUCTION,
    "linarith\n\ntheorem foo : 1 = 1 := by sorry": "linarith",
    # What follows it.
    "simp -- closes it": "simp",
    "-- we simplify\nsimp": "simp",
    "/- first -/ simp /- then -/": "simp",
    "norm_num [h]<|im_end|>\n<|im_start|>user": "norm_num [h]",
    "norm_num<｜end▁of▁sentence｜>": "norm_num",
    "rw [h]\n---\n\nTactic state:\n---\nx : ℕ": "rw [h]",
    "simp[PROOFSTEP]ring": "simp",
    "a b : ℕ\n⊢ a = b:::linarith": "linarith",
    "[GOAL]\n⊢ 1 = 1\n[PROOFSTEP]\nrfl": "rfl",
    "exact h.": "exact h",
    "linarith. This closes the goal.": "linarith",
    "norm_num at h,": "norm_num at h",
    "linarith — that is all": "linarith",
    # Characters.
    "nlinarith [sq_nonneg (a − b)]": "nlinarith [sq_nonneg (a - b)]",
    "exact h’": "exact h'",
    "rw\u00a0[h]": "rw [h]",
    "sim\u200bp": "simp",
    "simp （h）": "simp (h)",
    "use 〈x, hx〉": "use ⟨x, hx⟩",
    "cases n\n∣ zero => simp": "cases n\n| zero => simp",
    "exact (h : 3 ∣ n)": "exact (h : 3 ∣ n)",
    "simp\tat h": "simp  at h",
    "∙ simp": "simp",
    "have : a • b = c := by simp": "have : a • b = c := by simp",
    # Escapes.
    "simp\\nlinarith": "simp",
    "have h : (x : \\u2115) = 1 := by\\n  omega": "have h : (x : ℕ) = 1 := by\n  omega",
    "have : a &lt; b := by simp": "have : a < b := by simp",
    "have : a &le; b := by simp": "have : a ≤ b := by simp",
    "simp<br>ring": "simp",
}

DROPPED = {
    "": "empty",
    "   \n ": "empty",
    "```lean\n```": "empty",
    "-- nothing": "chatter",
    "The goal follows from the hypothesis.": "chatter",
    "We first `simp` and then `ring`.": "chatter",
    "I am sorry, I cannot help with that.": "chatter",
    "⊢ x = 1": "chatter",
    "<think>we never finish": "chatter",
    "sorry": "sorry",
    "admit": "sorry",
    "exact sorry": "sorry",
    "exact sorryAx _ false": "sorry",
    "exact Lean.sorryAx _": "sorry",
    "have h : 1 = 2 := by sorry": "sorry",
    "first | linarith | sorry": "sorry",
    "stop": "sorry",
    "by_cases h : p <;> stop": "sorry",
    "native_decide": "forbidden",
    "decide +native": "forbidden",
    "decide (config := { native := true })": "forbidden",
    'run_tac Lean.logInfo m!"x"': "forbidden",
    "exact by_elab return default": "forbidden",
    "exact unsafe foo": "forbidden",
    "exact Lean.ofReduceBool _ _ rfl": "forbidden",
    'exact (IO.FS.readFile "x").run': "forbidden",
    'exact include_str "x"': "forbidden",
    "set_option debug.skipKernelTC true in simp": "forbidden",
    "#eval 1 + 1": "forbidden",
    "axiom foo : 1 = 2": "forbidden",
    "theorem foo : 1 = 1 := by rfl": "forbidden",
    "example : 1 = 1 := rfl": "forbidden",
    "import Mathlib": "forbidden",
    "end": "forbidden",
    'macro "x" : tactic => `(tactic| simp)': "forbidden",
    "@[simp] theorem foo : 1 = 1 := rfl": "forbidden",
    "exact h\x00": "control characters",
    "exact h\u202e": "control characters",
    "exact \ufffd": "control characters",
    "nlinarith [" + "h, " * TACTIC_LIMIT + "h]": "too long",
    'exact foo "open': "truncated",
}


@pytest.mark.parametrize("written", TACTICS)
def test_what_a_model_wrote_becomes_its_first_tactic(written: str) -> None:
    assert one_tactic(written, truncated=False) == Parsed(TACTICS[written])


@pytest.mark.parametrize("written", DROPPED)
def test_what_is_no_tactic_is_dropped_with_its_reason(written: str) -> None:
    assert one_tactic(written, truncated=False) == Parsed("", DROPPED[written])


@pytest.mark.parametrize(
    ("written", "tactic"),
    [
        ("simp\nlinarith [sq_non", "simp"),
        (HAVE + "\nnlinar", HAVE),
        (
            "have h : 0 < n := by\n  rcases h with ⟨k, hk⟩\n  ome",
            "have h : 0 < n := by\n  rcases h with ⟨k, hk⟩",
        ),
        ("```lean\nsimp\n```\nThis tactic is us", "simp"),
        ("rw [h]\n---\nTactic st", "rw [h]"),
        ("simp -- because the sum of th", "simp"),
        ("simp at h\n", "simp at h"),
    ],
)
def test_of_a_truncated_completion_the_complete_lines_count(written: str, tactic: str) -> None:
    assert one_tactic(written, truncated=True) == Parsed(tactic)


@pytest.mark.parametrize(
    "written",
    [
        "linarith [sq_non",
        "have h : 0 < n := by\n  ome",
        "rw [h,\n  foo",
        "<think>so we",
        "```lean\nnlinar",
        "\n\nsim",
    ],
)
def test_a_tactic_that_was_cut_off_is_dropped(written: str) -> None:
    assert one_tactic(written, truncated=True) == Parsed("", "truncated")


PIECES = st.sampled_from(
    [
        *TACTICS,
        *DROPPED,
        "`",
        "```",
        "\n",
        "  ",
        "\\n",
        "\\",
        "&lt;",
        "&amp;",
        "by ",
        "· ",
        ";",
        "(",
        "⟩",
        '"',
        "/-",
    ]
    + [
        "sorry",
        "native_decide",
        "#eval",
        "-- ",
        "---",
        "<|im_end|>",
        "1. ",
        "Tactic: ",
        "|",
        "∣",
        "</think>",
        "u0073",
    ]
)
OUTPUTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=5).map("".join))


@given(OUTPUTS, st.booleans())
@example("&amp;lt;", False)
@example("\\\\u006e", False)
def test_any_output_gives_a_tactic_or_a_reason_and_never_both(written: str, truncated: bool) -> None:
    parsed = one_tactic(written, truncated)
    assert bool(parsed.text) != bool(parsed.dropped)
    assert len(parsed.text) <= TACTIC_LIMIT


@given(OUTPUTS)
def test_a_tactic_that_was_taken_is_taken_as_it_is(written: str) -> None:
    once = one_tactic(written, truncated=False)
    if once.text:
        assert one_tactic(once.text, truncated=False) == once


@given(OUTPUTS, st.booleans())
def test_no_forbidden_word_is_in_what_is_taken(written: str, truncated: bool) -> None:
    for parsed in (one_tactic(written, truncated), whole_proof(written, truncated, STATEMENT)):
        words = {token.text for token in tokens(mask(parsed.text).code)}
        assert not words & (SORRIES | FORBIDDEN)


@pytest.mark.parametrize(
    "repeated", ["(\n", "1. ", "`a`", "&amp;", '"', " ", "«", "next ", "```\n\n\n", "&#" + "1" * 5000 + ";"]
)
def test_hostile_output_of_great_length_is_refused_at_once(repeated: str) -> None:
    length = 10 * TACTIC_LIMIT
    assert one_tactic((repeated * length)[:length], truncated=False).text == ""


@pytest.mark.parametrize(
    "written", ["{}simp", "lean{}simp", "**next{}simp", "next step{}simp", "lean 4 step{}simp", "```{}simp"]
)
def test_any_number_of_blanks_before_or_within_a_label_is_read_at_once(written: str) -> None:
    long, short = (one_tactic(written.format(" \n" * lines), truncated=False) for lines in (15_000, 2))
    assert long == short


def test_an_answer_far_over_the_limit_is_not_looked_into() -> None:
    assert one_tactic("simp\n" + " " * 10 * TACTIC_LIMIT, False) == Parsed("", "too long")
    assert whole_proof("simp\n" + " " * 10 * PROOF_LIMIT, False, STATEMENT) == Parsed("", "too long")
    assert one_tactic(f"<think>{'hm ' * 10 * TACTIC_LIMIT}</think>simp", False) == Parsed("simp")


STATEMENT = Statement("t", "theorem t (n : ℕ) : 0 ≤ n", "import Mathlib")
THEOREM = """theorem t (n : ℕ) : 0 ≤ n := by
  induction n with
  | zero => simp
  | succ n ih =>
    positivity
"""
SCRIPT = "induction n with\n| zero => simp\n| succ n ih =>\n  positivity"

PROOFS = {
    f"```lean4\n{THEOREM}```": SCRIPT,
    f"<think>\n```lean4\nsorry\n```\n</think>\n```lean4\nimport Mathlib\n\n{THEOREM}```\nDone.": SCRIPT,
    f"### Plan\n1. induct\n```lean4\ntheorem t : 0 ≤ n := by\n  sorry\n```\n\n```lean4\n{THEOREM}```": SCRIPT,
    f"```lean\nlemma helper : 1 = 1 := by\n  rfl\n\n{THEOREM}\nend Foo\n```": SCRIPT,
    f"```lean4\n{THEOREM}\ntheorem other : 1 = 1 := by\n  rfl\n```": SCRIPT,
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by simp\n```": "simp",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  simp\n\n  done\n```": "simp\ndone",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := Nat.zero_le n\n```": "exact Nat.zero_le n",
    "```lean4\ntheorem renamed (n : ℕ) : 0 ≤ n := by\n  simp\n```": "simp",
    "```lean4\nby\n  simp\n  omega\n```": "simp\nomega",
    "```tactics\nsimp\nomega\n```": "simp\nomega",
    "simp\n  omega\n```": "simp\nomega",
    "  norm_num\n  linarith [h]\n```\n": "norm_num\nlinarith [h]",
    f"```lean4\n{THEOREM}```\nThe last state is\n```\nn : ℕ\n⊢ 0 ≤ n\n```": SCRIPT,
    "```lean4\ntheorem t : 0 ≤ n := by\n  sorry\n```\nThe tactics:\n```lean4\nsimp\n```": "simp",
    THEOREM: SCRIPT,
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  have h : 0 ≤ n := by\n    simp\n  exact h\n```": (
        "have h : 0 ≤ n := by\n  simp\nexact h"
    ),
    "```lean4\ntheorem t (n : ℕ) (h : n = (1 : ℕ) := by rfl) : 0 ≤ n := by\n  simp\n```": "simp",
}

NO_PROOFS = {
    "": "no proof",
    "<think>it never ends": "no proof",
    "I do not know how to prove this.": "no proof",
    "```python\n# a comment\n```": "no proof",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n\n```": "no proof",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  sorry\n```": "sorry",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  native_decide\n```": "forbidden",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  run_tac pure ()\n```": "forbidden",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  simp \x01\n```": "control characters",
    "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n" + "  simp\n" * PROOF_LIMIT + "```": "too long",
}


@pytest.mark.parametrize("written", PROOFS)
def test_the_script_of_a_whole_proof_is_found(written: str) -> None:
    assert whole_proof(written, truncated=False, statement=STATEMENT) == Parsed(PROOFS[written])


@pytest.mark.parametrize("written", NO_PROOFS)
def test_what_holds_no_proof_is_dropped_with_its_reason(written: str) -> None:
    assert whole_proof(written, truncated=False, statement=STATEMENT) == Parsed("", NO_PROOFS[written])


def test_a_truncated_block_is_no_proof_but_a_complete_one_before_it_is() -> None:
    cut = "```lean4\ntheorem t (n : ℕ) : 0 ≤ n := by\n  nlin"
    assert whole_proof(cut, truncated=True, statement=STATEMENT) == Parsed("", "truncated")
    assert whole_proof(f"```lean4\n{THEOREM}```\nor\n{cut}", True, STATEMENT) == Parsed(SCRIPT)


def test_the_theorem_is_found_by_the_last_part_of_its_name() -> None:
    written = (
        "```lean4\nnamespace Foo\n\ntheorem bar : 1 = 1 := by\n  rfl\n\ntheorem x : 2 = 2 := by\n  simp\n```"
    )
    assert whole_proof(written, False, Statement("Foo.bar", "theorem Foo.bar : 1 = 1")) == Parsed("rfl")


@given(OUTPUTS, st.booleans())
def test_any_output_gives_a_proof_or_a_reason(written: str, truncated: bool) -> None:
    parsed = whole_proof(written, truncated, STATEMENT)
    assert bool(parsed.text) != bool(parsed.dropped)
