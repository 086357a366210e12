"""What a model is shown for a sketch: examples by topic, as many as the setting has, and the problem last."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prover.cli import app
from prover.errors import InputError
from prover.policy.engine import Sampling, as_text
from prover.policy.preset import FOLDER, load_preset, preset_names
from prover.search import Budget
from prover.sketch.examples import TOPICS, choose, examples, topic
from prover.sketch.problem import Problem, read_problem
from prover.sketch.writer import NO_WORDS, draft_prompt, sketch_prompt
from prover.types import Attempted, Message, Position, Statement

SKETCHING = [name for name in preset_names() if load_preset(name).strategy == "sketch"]
NAMES = [one.name for one in examples()]


def lean(text: str, name: str = "t", proof: str = "By $\\frac{1}{2}$.") -> Problem:
    return Problem(Statement(name, text), "Show it.", proof)


LEMMA = lean("theorem t (n : ℕ) : n * n % 4 < 2")


def test_every_topic_has_examples_and_none_is_a_problem_of_a_benchmark() -> None:
    assert {one.topic for one in examples()} == set(TOPICS)
    assert not [name for name in NAMES if re.match(r"mathd|amc|aime|imo|algebra_|induction_|number", name)]


@pytest.mark.parametrize("one", examples(), ids=lambda one: one.name)
def test_an_example_says_the_same_in_words_and_in_both_languages(one: object) -> None:
    example = next(known for known in examples() if known is one)
    assert example.informal_statement and example.informal_proof
    assert example.lean.statement.startswith(f"theorem {example.name} ")
    assert example.lean.sketch.startswith("  ") and "sorry" in example.lean.sketch
    assert example.isabelle.statement.startswith(f"theorem {example.name}:\n")
    assert example.isabelle.sketch.startswith("proof") and example.isabelle.sketch.endswith("qed")
    assert "sledgehammer" in example.isabelle.sketch and "sorry" not in example.isabelle.sketch
    assert "Complex_Main" in example.isabelle.theories
    text = "".join(
        str(getattr(example, name)) for name in ("informal_statement", "informal_proof", "isabelle")
    )
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", text)  # LaTeX's \f, \b and \t are backslashes here.


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("theorem t (n : ℕ) : n % 4 < 2", "number theory"),
        ("theorem t (a b : ℕ) (h : a ∣ b) : a ≤ b", "number theory"),
        ("theorem t (n : ℕ) : ∑ k ∈ Finset.range n, k = n", "induction"),
        ("theorem t (x : ℝ) (h : 0 < x) : 2 ≤ x + 1 / x", "inequalities"),
        ("theorem t (x : ℝ) (h : 0 < x) (h₁ : x = 2) : x * x = 4", "algebra"),
        ('theorem t:\n  fixes x :: real\n  assumes "0 < x"\n  shows "x * x = 4"', "algebra"),
        ('theorem t:\n  fixes a :: nat\n  shows "[a = a] (mod 7)"', "number theory"),
    ],
)
def test_a_problems_topic_is_read_off_its_statement(statement: str, wanted: str) -> None:
    assert topic(lean(statement)) == wanted


def test_the_nearest_examples_stand_last_and_the_problem_itself_is_none_of_them() -> None:
    settings = load_preset("sketch-lean").sketch
    chosen = choose(LEMMA, settings, 0)
    assert [one.topic for one in chosen] == ["number theory"] * 3
    own = choose(lean("theorem t (n : ℕ) : n % 2 < 2", name=chosen[-1].name), settings, 0)
    assert chosen[-1].name not in [one.name for one in own]


def test_llemma_is_shown_seven_or_six_examples_by_the_word_numbertheory() -> None:
    preset = load_preset("sketch-llemma-7b")
    named = Problem(Statement("t", 'theorem mathd_numbertheory_1:\n  shows "2 + 2 = (4::nat)"'), "", "Add.")
    other = Problem(Statement("t", 'theorem mathd_algebra_1:\n  shows "5 mod 3 = (2::nat)"'), "", "Divide.")
    assert len(choose(named, preset.sketch, 0)) == 7 and len(choose(other, preset.sketch, 0)) == 6
    assert choose(named, preset.sketch, 0)[-1].topic == "number theory"
    assert "number theory" not in [one.topic for one in choose(other, preset.sketch, 0)]
    assert preset.samplings == (Sampling(n=1, temperature=0.0, max_tokens=1024, stop=("\n\n\n",)),)
    prompt = as_text(sketch_prompt(preset, named, 0, ()))
    assert prompt.count("Informal:\n(*### Problem\n\n") == 8 and prompt.count("\n\n\nInformal:") == 7
    assert prompt.endswith('Formal:\ntheorem mathd_numbertheory_1:\n  shows "2 + 2 = (4::nat)"\n')


def test_draft_sketch_and_prove_draws_a_hundred_times_three_examples() -> None:
    preset = load_preset("sketch-dsp")
    assert (preset.sketch.draws, preset.sketch.shots, preset.search.rounds) == (100, 3, 0)
    draws = {tuple(one.name for one in choose(LEMMA, preset.sketch, draw)) for draw in range(100)}
    assert len(draws) > 20 and {one[-1] for one in draws} <= {
        one.name for one in examples() if one.topic == "number theory"
    }
    assert choose(LEMMA, preset.sketch, 7) == choose(LEMMA, preset.sketch, 7)
    drafting = load_preset("sketch-dsp-draft")
    assert drafting.drafting.n == 100 and drafting.sketch.draws == 1


@pytest.mark.parametrize("name", SKETCHING)
def test_a_preset_shows_problem_words_and_statement_and_no_placeholder(name: str) -> None:
    preset = load_preset(name)
    assert preset.description and preset.source
    Budget.parse(preset.search.budget), Budget.parse(preset.sketch.hole)
    failed = [Attempted("  sorry", (Message("error", "open", Position(1, 2)),))]
    prompts = [as_text(sketch_prompt(preset, LEMMA, 0, past)) for past in ([], failed)]
    if preset.prompt.draft:
        prompts.append(as_text(draft_prompt(preset, LEMMA)))
    for prompt in prompts:
        assert "{{" not in prompt and LEMMA.statement.text in prompt or "Solution:" in prompt
        assert "Show it." in prompt
    assert "By $\\frac{1}{2}$." in prompts[0]
    assert ("open" in prompts[1]) == bool(preset.prompt.repair)


def test_a_preset_without_a_draft_wants_a_proof_in_words() -> None:
    with pytest.raises(InputError, match="--informal FILE"):
        draft_prompt(load_preset("sketch-llemma-7b"), lean("theorem t : 1 = 1", proof=""))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('language = "lean"', 'language = "coq"'), "language is none of lean, isabelle"),
        (('choose = "topic"', 'choose = "best"'), "choose is none of topic, chance, numbertheory"),
        (("[sketch]", "drafting = 3\n[sketch]"), "unknown drafting"),
        (("{{informal_proof}}", "{{informal}}"), "{{informal}}"),
    ],
)
def test_a_preset_of_the_users_own_is_checked(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    mine = tmp_path / "mine.toml"
    text = (FOLDER / "sketch-lean.toml").read_text(encoding="utf-8")
    mine.write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_preset(str(mine))
    assert says in str(caught.value)


def test_a_statement_without_words_says_so() -> None:
    problem = Problem(Statement("t", "theorem t : 1 = 1"), "", "Clear.")
    assert NO_WORDS in as_text(sketch_prompt(load_preset("sketch-lean"), problem, 0, ()))


def test_a_proof_in_words_of_a_megabyte_is_shown_in_part() -> None:
    problem = lean("theorem t : 1 = 1", proof="word " * 200_000)
    assert len(as_text(sketch_prompt(load_preset("sketch-lean"), problem, 0, ()))) < 30_000


# The command.


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    record = {
        "name": "two",
        "lean4": {"header": "import Mathlib", "statement": "theorem two (n : ℕ) : n % 2 < 2"},
        "informal": {"statement": "A remainder is small.", "proof": "By definition."},
    }
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return path


def test_the_command_prints_the_prompt_that_the_model_gets(data: Path) -> None:
    done = CliRunner().invoke(app, ["prompt", "--preset", "sketch-lean-base", "two", "--data", str(data)])
    problem = read_problem("two", data, None)
    assert done.stdout == as_text(sketch_prompt(load_preset("sketch-lean-base"), problem, 0, ())) + "\n"
    assert "A remainder is small." in done.stdout and "By definition." in done.stdout


def test_the_command_prints_the_request_for_a_draft_where_there_is_no_proof(tmp_path: Path) -> None:
    statement = ["--statement", "theorem t (n : ℕ) : n % 2 < 2"]
    drafted = CliRunner().invoke(app, ["prompt", "--preset", "sketch-lean", *statement])
    assert "Do not write Lean" in drafted.stdout
    words = tmp_path / "words.txt"
    words.write_text("By definition.\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["prompt", "--preset", "sketch-lean", *statement, "--informal", str(words)]
    )
    assert "By definition." in done.stdout and "Do not write Lean" not in done.stdout
