"""What Lean says in words is understood in every version from 4.9 to 4.35.

The corpus names, for each form, the versions that have it: from the golden files of leanprover-community/repl
at its tags, and from Lean's and Mathlib's own tests.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.lean.messages import (
    ALLOWED_AXIOMS,
    axioms_of,
    failure_kind,
    goal_of,
    is_sorry_warning,
    suggestions,
)

CORPUS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "lean_messages.json").read_text(encoding="utf-8")
)
VERSIONS = range(9, 36)


def of(field: str) -> Any:
    chosen = [entry for entry in CORPUS if field in entry]
    return pytest.mark.parametrize("entry", chosen, ids=[f"{e['versions']}: {e['about']}" for e in chosen])


def minors(entry: dict[str, Any]) -> set[int]:
    first, _, last = str(entry["versions"]).partition("-")
    numbers = [int(re.sub(r"^4\.", "", version)) for version in (first, last or first)]
    return set(range(numbers[0], numbers[1] + 1))


@of("sorry")
def test_the_warning_of_a_hole(entry: dict[str, Any]) -> None:
    assert is_sorry_warning(entry["text"]) is entry["sorry"]


@of("suggestions")
def test_what_a_message_suggests(entry: dict[str, Any]) -> None:
    assert list(suggestions(entry["text"])) == entry["suggestions"]


@of("axioms")
def test_which_axioms_a_theorem_rests_on(entry: dict[str, Any]) -> None:
    found = axioms_of(entry["text"])
    assert (None if found is None else [found[0], list(found[1])]) == entry["axioms"]
    if found is not None:
        assert (not set(found[1]) <= ALLOWED_AXIOMS) is entry.get("refused", False)


@of("kind")
def test_what_an_error_is_about(entry: dict[str, Any]) -> None:
    assert failure_kind(entry["text"]) == entry["kind"]


@of("goal")
def test_a_goal_is_read_into_its_parts(entry: dict[str, Any]) -> None:
    goal, wanted = goal_of(entry["text"]), entry["goal"]
    assert goal.text == entry["text"]
    assert (goal.case, goal.target) == (wanted.get("case"), wanted["target"])
    assert [[h.name, h.type, h.value, h.accessible] for h in goal.hypotheses] == wanted["hypotheses"]


@pytest.mark.parametrize("form", ["sorry", "suggestions", "axioms", "kind", "goal"])
def test_the_corpus_has_each_form_for_each_version(form: str) -> None:
    assert set(VERSIONS) == set().union(*(minors(entry) for entry in CORPUS if form in entry))


@given(st.text(alphabet="x:⊢|✝ \n[]'`,=?·.[apply]TrycaseHow", max_size=80))
def test_no_text_at_all_breaks_a_reader(text: str) -> None:
    assert goal_of(text).text == text
    assert all(tactic.strip() for tactic in suggestions(text))
    axioms_of(text), failure_kind(text), is_sorry_warning(text)
