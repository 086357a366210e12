"""The presets that ship can be read, are what their sources say, and a broken one is named by its place."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from prover.cli import main
from prover.cli.prompt import read_state
from prover.errors import InputError
from prover.isabelle.output import isar_step
from prover.policy.engine import ChatMessage, Sampling, as_text
from prover.policy.output import one_tactic
from prover.policy.preset import Preset, load_preset, preset_names
from prover.policy.prompts import proof_prompt, step_prompt
from prover.search import Budget, SearchSettings
from prover.types import Goal, State, Statement

STATE = State(
    Statement("t", "theorem t (n : ℕ) : 0 ≤ f n", "def f (n : ℕ) : ℕ := n"), (), (Goal("n : ℕ\n⊢ 0 ≤ f n"),)
)
ALL = preset_names()
SEARCHING = [name for name in ALL if load_preset(name).strategy != "sketch"]
IN_LEAN = [name for name in ALL if load_preset(name).language == "lean"]


def test_all_presets_that_are_promised_ship() -> None:
    assert set(ALL) == {
        "bfs-prover-v2",
        "chat",
        "chat-isabelle",
        "deepseek-prover-v2",
        "goedel-prover-v2",
        "kimina",
        "llemma-34b",
        "llemma-34b-samples",
        "llemma-7b",
        "llemma-7b-isabelle",
        "llemma-7b-plus",
        "llemma-7b-samples",
        "prover-small",
        "reprover",
        "sketch-dsp",
        "sketch-dsp-draft",
        "sketch-isabelle",
        "sketch-lean",
        "sketch-lean-base",
        "sketch-llemma-7b",
    }


@pytest.mark.parametrize("name", SEARCHING)
def test_a_preset_can_be_used_and_says_where_it_comes_from(name: str) -> None:
    preset = load_preset(name)
    assert preset.name == name and preset.description and preset.source
    SearchSettings(
        budget=Budget.parse(preset.search.budget),
        score=preset.search.score,
        alpha=preset.search.alpha,
        concurrency=preset.search.concurrency,
        merge=preset.search.merge,
        split=preset.search.split,
    )
    if preset.prompt.step:
        assert "n : ℕ\n⊢ 0 ≤ f n" in as_text(step_prompt(preset.prompt, STATE, None))
    if preset.prompt.proof:
        ends = " := by" if preset.language == "lean" else ""
        assert f"theorem t (n : ℕ) : 0 ≤ f n{ends}" in as_text(proof_prompt(preset.prompt, STATE, (), None))


@pytest.mark.parametrize("name", SEARCHING)
def test_no_placeholder_is_left_in_a_prompt(name: str) -> None:
    form = load_preset(name).prompt
    if form.step:
        assert "{{" not in as_text(step_prompt(form, STATE, None))
    if form.proof:
        assert "{{" not in as_text(proof_prompt(form, STATE, (), None))


@pytest.mark.parametrize("name", IN_LEAN)
def test_examples_are_goals_with_one_tactic_each(name: str) -> None:
    for example in load_preset(name).prompt.examples:
        (goal,) = read_state(example.state)
        assert goal.target and goal.hypotheses
        assert one_tactic(example.tactic, truncated=False).text == example.tactic


@pytest.mark.parametrize("name", sorted(set(SEARCHING) - set(IN_LEAN)))
def test_examples_for_isabelle_are_states_with_one_step_each(name: str) -> None:
    for example in load_preset(name).prompt.examples:
        assert "fixes" in example.state and ("\\<turnstile>" in example.state or "goal (" in example.state)
        assert isar_step(example.tactic, truncated=False).text == example.tactic


@pytest.mark.parametrize(("name", "gpus"), [("llemma-7b", 1), ("llemma-34b", 2)])
def test_llemma_is_run_as_published(name: str, gpus: int) -> None:
    preset = load_preset(name)
    assert preset.model == f"EleutherAI/{name.replace('-', '_')}"
    assert preset.samplings == (Sampling(n=32, temperature=0.0, max_tokens=256, stop=("---",), beams=True),)
    assert (preset.search.score, preset.search.budget) == ("llemma", "expansions=100,wall_s=600")
    assert (preset.search.merge, preset.search.split, preset.search.concurrency) == (False, False, 1)
    assert preset.search.first_s == 0
    engine = preset.engine
    assert (engine.dtype, engine.context, engine.tensor_parallel) == ("bfloat16", 4096, gpus)
    assert engine.max_batch_tokens == 4096


def test_llemmas_prompt_has_three_examples_and_ends_where_the_tactic_begins() -> None:
    prompt = as_text(step_prompt(load_preset("llemma-7b").prompt, STATE, None))
    assert prompt.count("Tactic state:\n---\n") == 4 and prompt.count("Next tactic:\n---") == 4
    assert prompt.count("\n---") == 4 * 4 - 1
    assert prompt.endswith("Tactic state:\n---\nn : ℕ\n⊢ 0 ≤ f n\n---\nNext tactic:\n---")
    assert "theorem t" not in prompt


@pytest.mark.parametrize("name", ["llemma-7b", "llemma-34b"])
def test_the_variant_with_samples_differs_in_nothing_else(name: str) -> None:
    beams, samples = load_preset(name), load_preset(f"{name}-samples")
    assert (samples.prompt, samples.search, samples.engine) == (beams.prompt, beams.search, beams.engine)
    (sampling,) = samples.samplings
    assert (sampling.n, sampling.beams, sampling.max_tokens) == (32, False, 256) and sampling.temperature > 0


def test_our_own_llemma_shows_the_context_first_and_the_state_last() -> None:
    prompt = as_text(step_prompt(load_preset("llemma-7b-plus").prompt, STATE, None))
    places = [prompt.index(part) for part in ("CommGroup", "def f", "theorem t", "⊢ 0 ≤ f n")]
    assert places == sorted(places)


def test_states_of_one_theorem_share_all_of_the_prompt_before_them() -> None:
    other = State(STATE.statement, ("simp",), (Goal("⊢ 1 = 1"),))
    for name in ("llemma-7b-plus", "chat"):
        form = load_preset(name).prompt
        one, two = (as_text(step_prompt(form, shown, None)) for shown in (STATE, other))
        assert one[: one.index("n : ℕ\n⊢")] == two[: two.index("⊢ 1 = 1")]


def test_bfs_prover_is_given_the_state_and_three_colons() -> None:
    assert step_prompt(load_preset("bfs-prover-v2").prompt, STATE, None) == "n : ℕ\n⊢ 0 ≤ f n:::"


def test_reprover_is_given_the_state_alone() -> None:
    assert step_prompt(load_preset("reprover").prompt, STATE, None) == "n : ℕ\n⊢ 0 ≤ f n"


@pytest.mark.parametrize("name", ["deepseek-prover-v2", "goedel-prover-v2", "kimina"])
def test_provers_of_whole_proofs_get_one_lean_block_with_the_definitions(name: str) -> None:
    prompt = proof_prompt(load_preset(name).prompt, STATE, (), None)
    assert isinstance(prompt, tuple) and isinstance(prompt[-1], ChatMessage) and prompt[-1].role == "user"
    block = prompt[-1].content.split("```lean4\n")[1].split("```")[0]
    assert block.startswith("import Mathlib") and "def f (n : ℕ) : ℕ := n\n\ntheorem t" in block


def written(tmp_path: Path, text: str) -> Preset:
    path = tmp_path / "mine.toml"
    path.write_text('description = "d"\nsource = "s"\n' + text, encoding="utf-8")
    return load_preset(str(path))


def test_a_users_own_preset_is_read_by_its_path(tmp_path: Path) -> None:
    text = '[prompt]\nstep = "{{state}}"\n[search]\nalpha = 1\n[[samplings]]\nstop = ["a"]\nseed = 1'
    preset = written(tmp_path, text)
    assert (preset.name, preset.search.alpha) == ("mine", 1)
    assert preset.samplings == (Sampling(stop=("a",), seed=1),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs the text `step`"),
        ('strategy = "whole-proof"\n[prompt]\nstep = "x"', "needs the text `proof`"),
        ('strategy = "magic"\n[prompt]\nstep = "x"', "best-first"),
        ('[prompt]\nstep = "{{sate}}"', "sate"),
        ('[prompt]\nstep = "x"\nexample = "{{proof}}"', "proof"),
        ('[prompt]\nstep = "x"\nkind = "letter"', "letter"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nn = 0', "at least 1"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nbeams = true\ntemperature = 1.0', "beam"),
        ('[prompt]\nstep = "x"\n[search]\nwidth = 3', "width"),
        ('engine = 3\n[prompt]\nstep = "x"', "not a table"),
        ("prompt = 3", r"\[prompt\]: not a table"),
        ('samplings = 3\n[prompt]\nstep = "x"', r"\[\[samplings\]\]: not a list of tables"),
        ('calibration = "1"\n[prompt]\nstep = "x"', "calibration is '1'; it must be a number"),
        ("[prompt]\nstep = 5", r"\[prompt\]: step is 5; it must be a text"),
        ('[prompt]\nstep = "x"\nkind = 5', r"\[prompt\]: kind is 5; it must be a text"),
        ('[prompt]\nstep = "x"\n[search]\nbudget = 100', r"\[search\]: budget is 100; it must be a text"),
        ('[prompt]\nstep = "x"\n[search]\nalpha = "0.5"', r"\[search\]: alpha is '0.5'; it must be a number"),
        ('[prompt]\nstep = "x"\n[search]\nmerge = 1', r"\[search\]: merge is 1; it must be true or false"),
        ('[prompt]\nstep = "x"\n[search]\nrounds = true', "rounds is True; it must be a whole number"),
        ('[prompt]\nstep = "x"\n[engine]\ncontext = "4096"', "context is '4096'; it must be a whole number"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nn = 1.0', r"\[\[samplings\]\]: n is 1.0; it must be a whole"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nstop = 5', "stop is 5; it must be a list, each item a text"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nstop = "###"', "stop is '###'; it must be a list"),
        ('[prompt]\nstep = "x"\n[[samplings]]\nstop = ["a", 5]', "it must be a list, each item a text"),
        ('[prompt]\nstep = "x"\n[drafting]\nseed = "a"', r"\[drafting\]: seed is 'a'; it must be a whole"),
        ("[prompt", "mine.toml"),
    ],
)
def test_a_broken_preset_is_named_by_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        written(tmp_path, text)


def test_an_unknown_name_gets_the_nearest_ones() -> None:
    with pytest.raises(InputError, match="llemma-7b"):
        load_preset("lemma-7b")


@dataclass(frozen=True)
class Printed:
    code: int
    out: str
    err: str


Run = Callable[..., Printed]


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str, stdin: str = "") -> Printed:
        monkeypatch.setattr(sys, "argv", ["prover", "prompt", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as end:
            main()
        return Printed(int(end.value.code or 0), *capsys.readouterr())

    return run


def test_the_prompt_is_printed_for_a_state_from_the_command_line_or_stdin(prompt: Run) -> None:
    given, read = prompt("n : ℕ\n⊢ 0 ≤ n"), prompt("-", stdin="n : ℕ\n⊢ 0 ≤ n\n")
    assert given.code == 0 and given.out == read.out
    assert given.out.endswith("---\nn : ℕ\n⊢ 0 ≤ n\n---\nNext tactic:\n---\n")


def test_without_a_state_an_example_is_shown_for_every_preset(prompt: Run) -> None:
    for name in ("llemma-34b", "kimina"):
        assert "2 * n % 5 = 1" in prompt("--preset", name).out


def test_a_whole_proof_prompt_shows_the_statement_or_the_one_of_the_state(prompt: Run) -> None:
    told = prompt("--preset", "kimina", "--statement", "theorem foo : 1 = 1", "--header", "def foo := 1")
    assert "theorem foo : 1 = 1 := by" in told.out and "[system]" in told.out
    made = prompt("--preset", "kimina", "n : ℕ\ninst✝ : Foo n\nh : n = 1\n⊢ n ≤ 1")
    assert "theorem goal (n : ℕ) [Foo n] (h : n = 1) : n ≤ 1 := by" in made.out


def test_the_record_has_the_prompt_and_all_settings(prompt: Run) -> None:
    record = json.loads(prompt("--json").out)
    assert record["preset"] == "llemma-7b" and record["prompt"].endswith("---")
    assert record["samplings"][0]["n"] == 32 and record["search"]["score"] == "llemma"
    assert record["engine"]["context"] == 4096
    assert [turn["role"] for turn in json.loads(prompt("--json", "--preset", "chat").out)["messages"]] == [
        "system",
        "user",
    ]


def test_the_list_has_every_preset_with_its_description(prompt: Run) -> None:
    lines = prompt("--list").out.splitlines()
    assert [line.split()[0] for line in lines] == ALL
    assert [one["name"] for one in json.loads(prompt("--list", "--json").out)] == ALL


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no turnstile here"], "⊢"),
        (["-"], "no tactic state"),
        (["--statement", "theorem t : 1 = 1"], "no tactic state"),
        (["--preset", "none"], "no preset"),
    ],
)
def test_what_cannot_be_prompted_is_bad_input(prompt: Run, arguments: list[str], said: str) -> None:
    done = prompt(*arguments)
    assert done.code == 2 and said in done.err and "Traceback" not in done.err
