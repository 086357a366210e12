"""Sources: which files they have, in which language and split, and one's own data in the same shape."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest

from prover.errors import InputError, SetupError
from training.corpus import sources
from training.corpus.reading import Faults
from training.corpus.sources import Source, language_of, normal
from training.jsonl import write_jsonl

FILES_OF_PROOF_PILE_2 = {
    "agda0000": "agda",
    "idris-validation": "idris",
    "github-coq-train-0002": "coq",
    "github-isabelle-validation-0000": "isabelle",
    "github-lean-train-0000": "lean",
    "isa_proofsteps": "isabelle-steps",
    "lean_proofsteps": "lean-steps",
    "github-MATLAB-train-0003": "matlab",
    "arXiv_099": "arxiv",
    "shard-0062": "open-web-math",
    "c0001": "c",
    "cpp0012": "cpp",
    "r0000": "r",
    "tex0001": "tex",
    "fortran0000": "fortran",
    "gap0000": "gap",
    "jupyter-notebook0000": "jupyter",
    "julia0000": "julia",
    "maple0000": "maple",
    "my-notes": "text",
}


@pytest.mark.parametrize(("name", "language"), FILES_OF_PROOF_PILE_2.items())
def test_a_file_says_its_language(name: str, language: str) -> None:
    assert language_of(f"algebraic-stack/train/{name}.jsonl.zst") == language


@pytest.mark.parametrize(("spelled", "language"), [("Lean", "lean"), ("C++", "cpp"), ("MATLAB", "matlab")])
def test_a_language_is_known_however_it_is_spelled(spelled: str, language: str) -> None:
    assert normal(spelled) == language


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("a=data", Source("a", "data")),
        ("a=data:0.6", Source("a", "data", 0.6)),
        ("a=C:/data:2", Source("a", "C:/data", 2.0)),
        ("a=hub:o/n@abc/x", Source("a", "hub:o/n@abc/x")),
        ("a=hub:o/n:1e-3", Source("a", "hub:o/n", 0.001)),
    ],
)
def test_a_source_is_read(text: str, source: Source) -> None:
    assert Source.parse(text) == source


@pytest.mark.parametrize("text", ["data", "=data", "a=", "a b=data", "a=data:0", "a=data:1.2.3"])
def test_a_source_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="wanted|must be"):
        Source.parse(text)


def lay(folder: Path, *names: str) -> None:
    for name in names:
        write_jsonl(folder / f"{name}.jsonl.zst", [{"text": name}])


def test_validation_files_come_first_and_test_files_not_at_all(tmp_path: Path) -> None:
    lay(tmp_path, "train/agda0000", "train/isa_proofsteps", "validation/agda-validation", "test/agda-test")
    (tmp_path / "train" / "README.md").write_text("no data")
    files = Source("formal", str(tmp_path)).files()
    assert [(one.name, one.split, one.language) for one in files] == [
        ("validation/agda-validation.jsonl.zst", "validation", "agda"),
        ("train/agda0000.jsonl.zst", "train", "agda"),
        ("train/isa_proofsteps.jsonl.zst", "train", "isabelle-steps"),
    ]


def test_without_validation_files_some_documents_are_held_out_by_their_hash(tmp_path: Path) -> None:
    lay(tmp_path, "a", "train/b")
    assert {one.split for one in Source("own", str(tmp_path)).files()} == {None}
    assert [one.split for one in Source("own", str(tmp_path / "a.jsonl.zst")).files()] == [None]


@pytest.mark.parametrize(("place", "message"), [("nowhere", "no folder"), (".", r"holds no \*\.jsonl\.zst")])
def test_a_place_without_data_is_refused(tmp_path: Path, place: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Source("own", str(tmp_path / place)).files()


def texts(source: Source, start: int = 0) -> list[tuple[str, str, str | None]]:
    found = (one for file in source.files() for one in file.documents(start, Faults(0)))
    return [(one.text, one.language, one.split) for one in found]


def test_a_lake_project_gives_its_own_lean_files(tmp_path: Path) -> None:
    (tmp_path / "lakefile.toml").write_text('name = "mine"')
    for name in ("Mine.lean", "Mine/Basic.lean", ".lake/packages/mathlib/M.lean", "build/Old.lean"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"-- {name}")
    project = Source("mine", str(tmp_path))
    assert texts(project) == [("-- Mine/Basic.lean", "lean", None), ("-- Mine.lean", "lean", None)]
    assert texts(project, start=1) == texts(project)[1:]


def test_a_lean_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "lakefile.lean").write_bytes(b"\xff")
    faults = Faults(5)
    (file,) = Source("mine", str(tmp_path)).files()
    assert list(file.documents(0, faults)) == []
    assert [fault.reason for fault in faults.last] == ["not UTF-8"]


def test_a_leandojo_benchmark_gives_its_traced_proofs(tmp_path: Path) -> None:
    tactic = {"annotated_tactic": ["simp", []], "state_before": "⊢ p", "state_after": "no goals"}
    theorem = {
        **{
            "url": "u",
            "commit": "c",
            "file_path": "A.lean",
            "full_name": "A.t",
            "start": [1, 1],
            "end": [2, 1],
        },
        "traced_tactics": [{"tactic": "simp", **tactic}],
    }
    (tmp_path / "train.json").write_text(json.dumps([theorem, theorem]))
    (tmp_path / "val.json").write_text(json.dumps([theorem]))
    block = "[GOAL]⊢ p[PROOFSTEP]simp"
    dojo = Source("dojo", str(tmp_path))
    assert texts(dojo) == [(block, "lean-steps", split) for split in ("train", "train", "validation")]
    assert len(texts(dojo, start=2)) == 1


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """The hub's files as fsspec has them, in memory."""
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    monkeypatch.setattr(sources, "hub", lambda: system)
    yield system
    system.store.clear()


ROOT = "/datasets/EleutherAI/proof-pile-2@0123abc"


def test_files_are_streamed_from_the_hub_at_a_pinned_revision(hub, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    lay(tmp_path, "a")
    content = (tmp_path / "a.jsonl.zst").read_bytes()
    for name in ("train/agda0000", "validation/agda-validation", "test/agda-test"):
        hub.pipe(f"{ROOT}/algebraic-stack/{name}.jsonl.zst", content)
    source = Source.parse("formal=hub:EleutherAI/proof-pile-2@0123abc/algebraic-stack:0.6")
    assert [(one.language, one.split, one.revision, one.size) for one in source.files()] == [
        ("agda", "validation", "0123abc", len(content)),
        ("agda", "train", "0123abc", len(content)),
    ]
    assert texts(source) == [("a", "agda", "validation"), ("a", "agda", "train")]


def test_without_a_revision_the_current_one_is_pinned(hub, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    hub.pipe(f"{ROOT}/train/agda0000.jsonl", orjson.dumps({"text": "x"}))
    monkeypatch.setattr(sources, "_current_revision", lambda repository: "0123abc")
    (file,) = Source("formal", "hub:EleutherAI/proof-pile-2").files()
    assert file.revision == "0123abc" and file.at.startswith(ROOT)


def test_a_hub_that_cannot_be_reached_is_said_with_the_way_out(hub, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def down(*_args: object, **_options: object) -> None:
        raise ConnectionError("no route")

    monkeypatch.setattr(hub, "find", down)
    with pytest.raises(SetupError, match="name the folder"):
        Source("formal", "hub:EleutherAI/proof-pile-2@0123abc/nothing").files()
    with pytest.raises(InputError, match="hub:OWNER/NAME"):
        Source("formal", "hub:proof-pile-2").files()
