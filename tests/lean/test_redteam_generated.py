"""Exploits and honest proofs made up by a generator: names, nesting, look-alike letters, great sizes."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prover.judge import LeanJudge

HEADER = "import Prover.Core\nset_option autoImplicit false\n\n"
FALSE = "theorem t : (1 : ℕ) = 2"
TRUE = "theorem t (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"

generated = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = st.from_regex(r"[a-zα-κ][a-z0-9_']{2,8}", fullmatch=True).map(lambda name: f"x{name}")

# Each puts a term or a tactic inside another one that it must not be able to hide in.
IN_TERMS = (
    "({})",
    "id {}",
    "(fun h => h) {}",
    "(show (1 : ℕ) = 2 from {})",
    "(by exact {})",
    "(have h := {}; h)",
)
IN_TACTICS = (
    "first | {} | skip",
    "all_goals ({})",
    "· {}",
    "have h : (1 : ℕ) = 2 := by {}\nexact h",
    "suffices h : (1 : ℕ) = 2 by exact h\n{}",
    "open Nat in {}",
    "try {}",
    "skip <;> {}",
)
HOLES = ("sorry", "exact sorryAx _ true", "exact (sorry : (1 : ℕ) = 2)", "admit", "native_decide", "exact t")
LOOK_ALIKES = {"t": "т", "s": "ѕ", "o": "о", "e": "е", "a": "а", "x": "х"}


def nested(frames: list[str], inner: str) -> str:
    for frame in frames:
        before, _, after = frame.partition("{}")
        column = " " * (len(before) - before.rfind("\n") - 1)
        inner = before + inner.replace("\n", "\n" + column) + after
    return inner


def indented(script: str) -> str:
    return "  " + script.replace("\n", "\n  ") + "\n"


async def proved(judge: LeanJudge, solution: str, statement: str) -> bool:
    verdict = await judge.judge_file(HEADER + solution, f"{HEADER}{statement} := by sorry\n")
    return verdict.proved


@generated
@given(frames=st.lists(st.sampled_from(IN_TACTICS), max_size=4), hole=st.sampled_from(HOLES))
async def test_no_nesting_hides_a_hole(judge: LeanJudge, frames: list[str], hole: str) -> None:
    assert not await proved(judge, f"{FALSE} := by\n{indented(nested(frames, hole))}", FALSE)


@generated
@given(frames=st.lists(st.sampled_from(IN_TERMS), max_size=6))
async def test_no_term_hides_a_hole(judge: LeanJudge, frames: list[str]) -> None:
    assert not await proved(judge, f"{FALSE} := {nested(frames, 'sorryAx _ true')}\n", FALSE)


@generated
@given(names=st.lists(NAMES, min_size=1, max_size=4, unique=True), hole=st.sampled_from(HOLES))
async def test_no_chain_of_macros_hides_a_hole(judge: LeanJudge, names: list[str], hole: str) -> None:
    macros, body = "", hole
    for name in names:
        macros += f'macro "{name}" : tactic => `(tactic| {body})\n'
        body = name
    assert not await proved(judge, f"{macros}{FALSE} := by {body}\n", FALSE)


@generated
@given(
    names=st.lists(NAMES, min_size=1, max_size=3, unique=True),
    code=st.sampled_from(("elab", "simproc", "run")),
)
async def test_no_elaborator_of_any_name_runs(judge: LeanJudge, names: list[str], code: str) -> None:
    lines = {
        "elab": 'elab "{0}" : tactic => Lean.Elab.Tactic.setGoals []\n',
        "simproc": "simproc {0} (_) := fun e => return .done {{ expr := e }}\n",
        "run": 'run_cmd Lean.logInfo m!"{0}"\n',
    }
    text = "".join(f"namespace {name}\n" + lines[code].format(name) + f"end {name}\n" for name in names)
    assert not await proved(judge, f"{text}{TRUE} := by omega\n", TRUE)


@generated
@given(st.sampled_from(sorted(LOOK_ALIKES)), st.sampled_from(("theorem t", "sorry", "exact")))
async def test_no_look_alike_letter_passes_for_the_letter(judge: LeanJudge, letter: str, word: str) -> None:
    text = f"{FALSE} := by exact sorry\n"
    changed = text.replace(word, word.replace(letter, LOOK_ALIKES[letter]))
    assert not await proved(judge, changed, FALSE)


@generated
@given(left=st.integers(0, 10**30), right=st.integers(0, 10**30))
async def test_no_other_numbers_are_proved_in_place_of_the_challenges(
    judge: LeanJudge, left: int, right: int
) -> None:
    other = f"theorem t : ({left} : ℕ) + {right} = {left + right} := by rfl\n"
    assert not await proved(judge, other, f"theorem t : ({left} : ℕ) + {right} = {left + right + 1}")


@generated
@given(
    names=st.lists(NAMES, min_size=1, max_size=3, unique=True),
    frames=st.lists(
        st.sampled_from(("first | {} | skip", "all_goals ({})", "· {}", "skip <;> {}")), max_size=4
    ),
)
async def test_honest_macros_and_nesting_pass(judge: LeanJudge, names: list[str], frames: list[str]) -> None:
    macros, body = "", "omega"
    for name in names:
        macros += f'macro "{name}" : tactic => `(tactic| {body})\n'
        body = name
    assert await proved(judge, f"{macros}{TRUE} := by\n{indented(nested(frames, body))}", TRUE)


async def test_a_file_of_ten_megabytes_is_judged(judge: LeanJudge) -> None:
    comment = "-- " + "no sorry here " * 7 + "\n"
    text = comment * (10_000_000 // len(comment))
    assert await proved(judge, f"{text}{TRUE} := by omega\n", TRUE)
    assert not await proved(judge, f"{text}{FALSE} := by omega\n", FALSE)


async def test_a_literal_of_ten_thousand_digits_is_compared_to_the_last(judge: LeanJudge) -> None:
    digits = "7" * 10_000
    own = f"theorem t : ({digits} : ℕ) = {digits} := rfl\n"
    assert await proved(judge, own, f"theorem t : ({digits} : ℕ) = {digits}")
    assert not await proved(judge, own, f"theorem t : ({digits} : ℕ) = {digits[:-1]}8")


async def test_brackets_a_hundred_deep_are_judged(judge: LeanJudge) -> None:
    deep = "(" * 100 + "{}" + ")" * 100
    assert await proved(
        judge, f"theorem t : (1 : ℕ) = 1 := {deep.format('rfl')}\n", "theorem t : (1 : ℕ) = 1"
    )
    assert not await proved(judge, f"{FALSE} := {deep.format('rfl')}\n", FALSE)
