"""Questions that stand in a file: those beside the one that is asked, and the line that imports them."""

from __future__ import annotations

import pytest

from prover.attempts.home import embedded_text
from prover.editor.in_place import without_questions


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  suggest\n  · prove?\n", "  sorry\n  · sorry\n"),
        ("theorem t : True := by suggest", "theorem t : True := by sorry"),
        ("| inl h => suggest\n| inr h => skip; prove?", "| inl h => sorry\n| inr h => skip; sorry"),
        ("  exact suggest\n  suggest.x\n  suggestion\n", "  exact suggest\n  suggest.x\n  suggestion\n"),
        ("  -- suggest\n/- \nsuggest -/", "  -- suggest\n/- \nsuggest -/"),
        ("", ""),
    ],
)
def test_another_question_of_a_proof_is_a_hole(text: str, read: str) -> None:
    assert without_questions(text) == read


@pytest.mark.parametrize("line", ["import ProverSuggest", "import My.Project.ProverSuggest"])
def test_lean_is_not_asked_for_the_file_that_asks_it(line: str) -> None:
    rest = "\ntheorem t : True := by\n"
    assert embedded_text(line + rest, line + rest) == (rest, None)
    text, prelude = embedded_text(f"import Mathlib\n{line}{rest}", f"import Mathlib\n{line}{rest}")
    assert "ProverSuggest" not in text and prelude is not None and text.count("\n") == 3


def test_a_name_that_only_resembles_it_stays() -> None:
    text = "import ProverSuggestions\n"
    assert embedded_text(text, text) == (text, None)
