"""The files with a run's proofs: one for each, whatever the theorems are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.runs.bundle import file_name, write_proofs
from prover.runs.folder import RunFolder
from prover.runs.in_isabelle import ISABELLE
from prover.runs.in_lean import LEAN
from prover.runs.language import Language
from prover.runs.manifest import write_manifest
from prover.runs.records import Finished, Outcome, Theorem
from prover.runs.store import Store

NAMES = ("foo", "foo_1", "foo.1", "foo__1", "a.b", "a_b", "a/b", "1x", "T_1x")


def proved(folder: Path, language: Language) -> RunFolder:
    """A run in which two attempts at each theorem found a proof."""
    store = Store(folder)
    store.create((Theorem(name, language.stated("t", "True")) for name in NAMES), attempts=2)
    header = language.stated("t", "True").header
    done = [
        (job, "", Finished(Outcome.PROVED, header=header, script=f"proof {job.id}"))
        for job in store.claim("w", 100)
    ]
    store.record(done)
    store.close()
    write_manifest(folder, {"schema": 1, language.name: {}})
    return RunFolder(folder)


@pytest.mark.parametrize("language", [LEAN, ISABELLE], ids=lambda one: one.name)
def test_each_proof_has_a_file_of_its_own_whatever_its_theorem_is_called(
    tmp_path: Path, language: Language
) -> None:
    with proved(tmp_path, language) as run:
        assert write_proofs(run) == 2 * len(NAMES)
        for result in run.results():
            text = (tmp_path / "proofs" / file_name(result, language)).read_text()
            assert f"{result.finished.script}\n" in text and text.count("proof ") == 1


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [(LEAN, "Nat.foo_1.lean", "Nat.foo_1.1.lean"), (ISABELLE, "foo_1.thy", "foo_1__1.thy")],
    ids=["lean", "isabelle"],
)
def test_a_theorem_whose_name_can_be_a_files_gives_it_that_name(
    language: Language, first: str, second: str
) -> None:
    name = first.removesuffix(language.suffix)
    assert [language.stem(name, attempt) + language.suffix for attempt in (0, 1)] == [first, second]
