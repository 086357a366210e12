"""A state, or a statement with failed attempts, becomes a prompt: filled in once, cut by a stated rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.errors import InputError
from prover.policy import prompts
from prover.policy.engine import ChatMessage, as_text
from prover.policy.preset import Example, PromptFormat
from prover.policy.prompts import (
    ERRORS_LIMIT,
    MAX_ERRORS,
    proof_prompt,
    shortenable,
    show_errors,
    show_goals,
    step_prompt,
)
from prover.policy.shorten import LEAST, from_end, middle
from prover.statements.holes import find_declarations
from prover.types import Attempted, Goal, Message, Position, State, Statement

HEADER = "import Mathlib\n\nopen Real\n\ndef g : ℕ := 1\n\ndef f (n : ℕ) : ℕ := g + n\n\ndef unused : ℕ := 2"
FAILED = Attempted("simp\nlinarith [h]", (Message("error", "no progress", Position(2, 0), Position(2, 8)),))


def state(*goals: str, header: str = "", text: str = "theorem t : True") -> State:
    return State(Statement("t", text, header), (), tuple(Goal(goal) for goal in goals))


def step(template: str, shown: State, limit: int | None = None) -> str:
    return as_text(step_prompt(PromptFormat(step=template), shown, limit))


def test_goals_are_joined_as_lean_shows_them() -> None:
    assert step("{{goals}}:\n{{state}}", state("⊢ a", "case b\n⊢ b")) == "2:\n⊢ a\n\ncase b\n⊢ b"


def test_a_value_is_never_looked_at_for_placeholders() -> None:
    shown = state("h : {{header}}\n⊢ {{state}}", header="{{statement}}", text="theorem {{name}}")
    prompt = step("{{header}}|{{statement}}|{{state}}", shown)
    assert prompt == "{{statement}}|theorem {{name}}|h : {{header}}\n⊢ {{state}}"


def test_examples_come_in_their_own_form() -> None:
    form = PromptFormat(
        step="{{examples}}\n\n{{state}}",
        example="{{state}} => {{tactic}}",
        examples=(Example("⊢ a", "simp"), Example("⊢ {{tactic}}", "ring")),
    )
    assert step_prompt(form, state("⊢ c"), None) == "⊢ a => simp\n\n⊢ {{tactic}} => ring\n\n⊢ c"


def test_an_empty_value_takes_its_line_with_it() -> None:
    template = "Context:\n{{header}}\n\n{{premises}}\n\n{{statement}}"
    assert step(template, state("⊢ a")) == "Context:\ntheorem t : True"


def test_premises_are_the_declarations_that_the_statement_needs() -> None:
    shown = state("⊢ 0 < f 1", header=HEADER, text="theorem t : 0 < f 1")
    assert step("{{premises}}", shown) == "def g : ℕ := 1\n\ndef f (n : ℕ) : ℕ := g + n"
    assert step("{{header}}", shown) == HEADER
    assert step("{{header}}\n--\n{{premises}}", shown).startswith("import Mathlib\n\nopen Real\n--\ndef g")


def test_a_header_is_read_once_for_all_its_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    header, read = HEADER + "\n\ndef once : ℕ := 3", []
    monkeypatch.setattr(
        prompts, "find_declarations", lambda text: read.append(text) or find_declarations(text)
    )
    shown = [step("{{header}}\n{{premises}}", state(goal, header=header)) for goal in ("⊢ f 1", "⊢ once")]
    assert read == [header]
    assert "def f" in shown[0] and "def once" not in shown[0] and "def once" in shown[1]


def test_a_conversation_has_its_system_turn_first() -> None:
    form = PromptFormat(kind="chat", system="About {{name}}.", step="{{state}}")
    expected = (ChatMessage("system", "About t."), ChatMessage("user", "⊢ a"))
    assert step_prompt(form, state("⊢ a"), None) == expected


def test_a_repair_continues_the_conversation_with_the_failed_proof_and_its_errors() -> None:
    form = PromptFormat(kind="chat", proof="Prove {{statement}}", repair="Wrong:\n{{errors}}")
    assert proof_prompt(form, state("⊢ True"), (), None) == (ChatMessage("user", "Prove theorem t : True"),)
    first, answer, repair = proof_prompt(form, state("⊢ True"), [FAILED], None)
    assert first == ChatMessage("user", "Prove theorem t : True")
    assert answer == ChatMessage("assistant", "```lean4\ntheorem t : True := by\n  simp\n  linarith [h]\n```")
    assert repair == ChatMessage(
        "user", "Wrong:\nError 1 at 2:0:\n```lean4\n<error>linarith</error> [h]\n```\nno progress"
    )


def test_a_repair_of_a_completion_is_one_text() -> None:
    form = PromptFormat(proof="p", repair="{{proof}}\n{{errors}}")
    prompt = as_text(proof_prompt(form, state("⊢ True"), [FAILED], None))
    assert prompt.startswith("simp\nlinarith [h]\nError 1 at 2:0")


def test_a_format_without_the_wanted_prompt_says_which_strategy_it_has() -> None:
    with pytest.raises(InputError, match="whole-proof"):
        step_prompt(PromptFormat(proof="p"), state("⊢ a"), None)
    with pytest.raises(InputError, match="best-first"):
        proof_prompt(PromptFormat(step="s"), state("⊢ a"), (), None)


def test_the_first_errors_are_shown_and_the_others_counted() -> None:
    messages = [Message("error", f"e{number} " + "x" * 5000, Position(1, 0)) for number in range(20)]
    warning = Message("warning", "unused", Position(1, 0))
    shown = show_errors(Attempted("simp", (warning, *messages)), ERRORS_LIMIT * 10)
    assert "e0 " in shown and f"e{MAX_ERRORS - 1} " in shown and f"e{MAX_ERRORS} " not in shown
    assert shown.endswith("… and 12 more errors") and "unused" not in shown
    assert len(shown) < MAX_ERRORS * 800


def test_an_error_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    failed = Attempted(
        "have h : p := by\n  simp", (Message("error", "unsolved", Position(1, 14), Position(2, 6)),)
    )
    assert "have h : p := <error>by</error>" in show_errors(failed, 1000)


def test_an_error_outside_the_script_is_shown_without_code() -> None:
    failed = Attempted("simp", (Message("error", "elsewhere", Position(9, 3), Position(9, 4)),))
    assert show_errors(failed, 1000) == "Error 1 at 9:3:\nelsewhere"


def test_further_goals_go_first_and_are_counted() -> None:
    goals = [Goal(f"h : {'x' * 20}\n⊢ goal{number}") for number in range(4)]
    shown = show_goals(goals, 90)
    assert shown == f"{goals[0].text}\n\n{goals[1].text}\n\n… and 2 more goals"
    assert show_goals(goals[:2], 60) == f"{goals[0].text}\n\n… and 1 more goal"


def test_the_longest_hypotheses_are_cut_in_the_middle_before_the_target() -> None:
    goal = Goal(f"case pos\nn : ℕ\nh : {'a' * 100}z\nk : {'b' * 30}\n⊢ {'t' * 50}")
    shown = show_goals([goal], 160)
    assert len(shown) <= 160
    assert shown.startswith("case pos\nn : ℕ\nh : aaa") and shown.endswith("\n⊢ " + "t" * 50)
    assert "a…a" in shown and "aaz\n" in shown and f"k : {'b' * 30}\n" in shown


def test_the_target_is_cut_in_the_middle_when_hypotheses_alone_do_not_do() -> None:
    shown = show_goals([Goal(f"case pos\nn : ℕ\n⊢ {'s' * 100}{'t' * 100}")], 60)
    assert shown.startswith("case pos\nn : ℕ\n⊢ sss") and shown.endswith("ttt")
    assert "s…t" in shown and len(shown) == 60


def test_many_hypotheses_go_altogether_before_the_target_does() -> None:
    names = "\n".join(f"h{number} : x = {number}" for number in range(100))
    assert show_goals([Goal(f"{names}\n⊢ x = 1")], 40) == "…\n⊢ x = 1"


def test_a_header_loses_its_beginning() -> None:
    assert from_end("import A\nopen B\ndef c := 1", 20) == "-- …\ndef c := 1"


def test_state_goes_before_premises_and_header_under_a_limit() -> None:
    shown = state("⊢ 0 < f 1", header=HEADER, text="theorem t : 0 < f 1")
    prompt = step("{{header}}\n{{premises}}\n{{state}}", shown, 40)
    assert prompt.endswith("⊢ 0 < f 1") and "…" in prompt
    assert len(prompt) <= 40 + 2


def test_the_statement_is_never_shortened() -> None:
    text = "theorem t : " + "x = x ∧ " * 50 + "True"
    prompt = as_text(
        proof_prompt(
            PromptFormat(proof="{{header}}\n{{statement}}"),
            state("⊢ a", header="open Real", text=text),
            (),
            0,
        )
    )
    assert prompt == text


LINES = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=("Cs",)), max_size=60)
GOALS = st.lists(
    st.builds(
        lambda case, hypotheses, target: Goal("\n".join([*case, *hypotheses, "⊢ " + target])),
        st.sampled_from([[], ["case inl"], ["case a.b.c"]]),
        st.lists(LINES.map("h : {}".format), max_size=6),
        LINES,
    ),
    min_size=1,
    max_size=4,
)


@given(GOALS, st.integers(0, 400))
def test_a_shortened_state_is_no_longer_than_its_limit_and_marked(goals: list[Goal], limit: int) -> None:
    whole = show_goals(goals, None)
    shown = show_goals(goals, limit)
    assert len(shown) <= limit
    if len(whole) <= limit:
        assert shown == whole
    elif limit:
        assert "…" in shown
    if limit >= len(goals[0].text) + 2 * LEAST:
        assert goals[0].text.partition("\n⊢")[2] in shown


@given(GOALS, st.text(max_size=300), st.integers(0, 600))
def test_all_that_can_be_shortened_fits_the_limit_together(
    goals: list[Goal], header: str, limit: int
) -> None:
    form = PromptFormat(step="{{header}}{{premises}}{{state}}")
    shown = State(Statement("t", "theorem t : True", header), (), tuple(goals))
    prompt = as_text(step_prompt(form, shown, limit))
    assert len(prompt) <= limit
    assert len(as_text(step_prompt(form, shown, None))) == shortenable(form, shown)
    assert step_prompt(form, shown, shortenable(form, shown)) == step_prompt(form, shown, None)


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 500))
def test_all_of_a_repair_that_can_be_shortened_fits_the_limit_together(
    script: str, words: str, limit: int
) -> None:
    form = PromptFormat(proof="p", repair="{{proof}}{{errors}}")
    failed = [Attempted(script, (Message("error", words, Position(1, 2), Position(1, 4)),))]
    assert len(as_text(proof_prompt(form, state("⊢ a"), failed, limit))) <= limit


@given(st.text(max_size=100), st.integers(-1, 120))
def test_a_text_cut_in_the_middle_keeps_both_ends(text: str, limit: int) -> None:
    cut = middle(text, limit)
    assert len(cut) <= max(limit, 0) and (cut == text or not cut or "…" in cut)
    if limit >= 3 and text:
        assert cut[0] == text[0] and cut[-1] == text[-1]


@given(st.text(max_size=100), st.integers(0, 120))
def test_a_text_cut_from_its_beginning_keeps_its_end(text: str, limit: int) -> None:
    cut = from_end(text, limit)
    assert len(cut) <= limit
    assert cut == text.strip() or "…" in cut or not limit
