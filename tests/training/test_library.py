"""The library's theorems: which are taken, under what names, and what a crash of Lean costs."""

import sys
from collections import Counter
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.errors import ProverError
from prover.lean.session import Launch
from prover.statements.preludes import prelude
from training.library import lean
from training.library.__main__ import main, parse_arguments, with_splits, write
from training.library.assemble import assemble, capped
from training.library.lean import Extractor, Found
from training.library.names import NAMESPACES, Theorem, flat_names, is_auxiliary, select
from training.statements import load_statements

CORE = prelude("core").header

TAKEN = [
    Theorem("Nat.add_comm", "Init.Data.Nat.Basic"),
    Theorem("and_comm", "Init.Core"),
    Theorem("List.map_append", "Init.Data.List.Lemmas"),
    Theorem("Std.le_antisymm", "Init.Data.Order.Classes"),
    Theorem("Lean.Grind.Ring.neg_mul", "Init.Grind.Ring.Basic"),
]
LEFT_OUT = [
    Theorem("BitVec.add_comm", "Init.Data.BitVec.Lemmas"),
    Theorem("Natural.add_comm", "Init.Data.Nat.Basic"),
    Theorem("Std.Iterators.step_eq", "Init.Data.Iterators.Lemmas"),
    Theorem("Lean.Grind.CommRing.Poly.denote_add", "Init.Grind.Ring.CommSolver"),
    Theorem("Nat.Linear.Expr.denote_add", "Init.Data.Nat.Linear"),
    Theorem("Option.some.injEq", "Init.Core"),
    Theorem("List.foldl.eq_2", "Init.Prelude"),
    Theorem("List.map_eq_mapTR", "Init.Data.List.Impl"),
    Theorem("List.foldlM_append", "Init.Data.List.Lemmas"),
]


def test_mathematics_is_taken_and_programs_and_auxiliary_theorems_are_not() -> None:
    kept, left_out = select(TAKEN + LEFT_OUT, list(NAMESPACES))
    assert kept == TAKEN
    assert sum(left_out.values()) == len(LEFT_OUT)


def test_namespaces_and_modules_can_be_chosen() -> None:
    assert select(TAKEN, ["Nat"])[0] == TAKEN[:1]
    assert select(TAKEN, list(NAMESPACES), ["Init.Core", "Init.Data.Nat.Basic"])[0] == TAKEN[:2]


@pytest.mark.parametrize(
    "name",
    [
        "Prod.mk.injEq",
        "Nat.rec",
        "Nat.brecOn.eq_1",
        "List.sizeOf_spec",
        "f.match_3",
        "Nat._x.y",
        "a.congr_simp",
    ],
)
def test_what_lean_makes_for_itself_is_auxiliary(name: str) -> None:
    assert is_auxiliary(name)


@pytest.mark.parametrize(
    "name", ["Nat.rec_eq", "Nat.eq_one_of_mul_eq_one", "Int.injective", "Or.elim", "List.map_id"]
)
def test_a_name_that_only_looks_like_it_is_not(name: str) -> None:
    assert not is_auxiliary(name)


@given(st.lists(st.text("ab._'?!₁α√", min_size=1, max_size=6), unique=True))
def test_flat_names_are_plain_identifiers_and_unique(names: list[str]) -> None:
    flat = flat_names(names)
    assert list(flat) == names
    assert len(set(flat.values())) == len(names)
    assert all(name.isascii() and name.isidentifier() and name.startswith("lib_") for name in flat.values())


def test_a_flat_name_can_be_traced_back() -> None:
    names = ["Nat.add_comm", "Nat.add_comm'", "List.get?_eq"]
    assert list(flat_names(names).values()) == [
        "lib_Nat_add_comm",
        "lib_Nat_add_comm_prime",
        "lib_List_get_opt_eq",
    ]


def test_large_modules_and_the_whole_are_capped_by_a_seeded_draw() -> None:
    theorems = [Theorem(f"Nat.t{i}", "large" if i % 5 else "small") for i in range(100)]
    chosen = capped(theorems, per_module=10, limit=None, seed=1)
    assert Counter(theorem.module for theorem in chosen) == {"large": 10, "small": 10}
    assert chosen == [theorem for theorem in theorems if theorem in chosen]
    assert chosen == capped(theorems, 10, None, seed=1) != capped(theorems, 10, None, seed=2)
    assert len(capped(theorems, 10, limit=7, seed=1)) == 7


def found(name: str, text: str, erase: tuple[str, ...] = (), hash: str = "1") -> Found:
    return Found(name, f"theorem lib_{name}.{{u}} {text}", "plain", erase, hash)


def test_theorems_of_one_type_become_one_statement_without_the_attributes_of_any() -> None:
    theorems = [Theorem("a", "Init.A"), Theorem("b", "Init.B"), Theorem("c", "Init.C")]
    simp, grind = ("attribute [-simp] a",), ("attribute [-grind] b",)
    texts = [
        found("a", "(n : ℕ) : n = n", simp),
        found("b", "(m : ℕ) : m = m", grind),
        found("c", ": 1 = 1", hash="2"),
    ]
    (first, second), lost = assemble(theorems, texts, CORE)
    assert (first.name, first.without, first.group, first.origin) == ("lib_a", "a", "Init.A", "library")
    assert first.header == CORE + "attribute [-simp] a\nattribute [-grind] b\n"
    assert second.header == CORE
    assert [(row["name"], row["reason"]) for row in lost] == [("b", "the type of another")]


def test_what_is_lost_is_reported_with_its_reason() -> None:
    theorems = [Theorem("a", "Init.A"), Theorem("b", "Init.A")]
    texts = [Found("a", lost="another type\ntheorem …"), found("b", ": f g._proof_1 = 0")]
    statements, lost = assemble(theorems, texts, CORE)
    assert statements == []
    assert [row["reason"] for row in lost] == ["reads back as another type", "a proof that is hidden"]


STAND_IN = """
import json, os, sys, time

def reply(value):
    print(json.dumps(value) + "\\n", flush=True)

scratch, lines = sys.argv[1], []
for line in sys.stdin:
    if line.strip():
        lines.append(line)
        continue
    command = json.loads("".join(lines))["cmd"]
    lines = []
    if "Library.write" in command:
        with open(scratch + "/found.jsonl", "w") as out:
            for row in map(json.loads, open(scratch + "/wanted.jsonl")):
                if row["name"] == "crash":
                    os._exit(3)
                if row["name"] == "hang":
                    time.sleep(60)
                if row["name"] == "overflow":
                    break
                found = {"name": row["name"], "text": "theorem " + row["flat"], "erase": []}
                out.write(json.dumps(found) + "\\n")
                out.flush()
        if row["name"] == "overflow":
            reply({"message": "Lean error:\\nstack overflow", "kind": "crash"})
            continue
    reply({"env": 0})
"""
"""A Lean that crashes, hangs or gives up at theorems of these names."""


@pytest.fixture
def extractor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extractor:
    monkeypatch.setattr(lean, "STALL_SECONDS", 0.6)
    monkeypatch.setattr(lean, "_LOOK_SECONDS", 0.2)
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    launch = Launch((sys.executable, str(program), str(tmp_path)), echoes=False)
    return Extractor(launch, tmp_path, CORE)


@pytest.mark.parametrize(
    ("bad", "why"), [("crash", "exit code 3"), ("overflow", "overflow"), ("hang", "too slow")]
)
async def test_a_theorem_that_lean_does_not_survive_costs_only_itself(
    extractor: Extractor, bad: str, why: str
) -> None:
    names = ["Nat.a", "Nat.b", bad, "Nat.c"]
    seen: list[int] = []
    texts = await extractor.texts(flat_names(names), seen.append)
    await extractor.close()
    assert [item.name for item in texts] == names
    assert [bool(item.text) for item in texts] == [True, True, False, True]
    assert why in texts[2].lost
    assert seen == sorted(seen) and seen[-1] == 4


async def test_a_lean_that_gets_nowhere_is_given_up(extractor: Extractor) -> None:
    names = {"crash": "a"} | {f"crash{i}": "b" for i in range(20)}
    (extractor.scratch / "stand_in.py").write_text("import sys; sys.exit(4)")
    with pytest.raises(ProverError, match="exit code 4"):
        await extractor.texts(names)


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--per-module", "-1"]])
def test_a_senseless_number_is_an_input_error(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["--out", str(tmp_path / "x.jsonl"), *arguments])
    assert exit.value.code == 2
    assert "at least 1" in capsys.readouterr().err


def test_a_file_that_is_no_benchmark_is_refused_before_lean_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "training.library.__main__.ensure_lean", lambda console: pytest.fail("Lean was started")
    )
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "x.jsonl"), "--minif2f", str(tmp_path / "[mine] none.jsonl")])
    assert "[mine] none.jsonl" in capsys.readouterr().err.replace("\n", "")


def test_what_is_written_says_how_it_was_made(tmp_path: Path) -> None:
    options = parse_arguments(["--out", str(tmp_path / "library.jsonl.zst"), "--seed", "4"])
    texts = [found(f"t{i}", f": {i} = {i}", hash=str(i)) for i in range(100)]
    theorems = [Theorem(f"t{i}", f"Init.Data.Nat.M{i % 20}") for i in range(100)]
    statements, lost = assemble(theorems, texts, CORE)
    write(options, with_splits(statements, 4), lost)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "library.jsonl.zst",
        "library.lost.jsonl",
        "library.manifest.json",
        "library.splits.json",
    ]
    manifest = orjson.loads((tmp_path / "library.manifest.json").read_bytes())
    assert manifest["seed"] == 4 and sum(manifest["statements"].values()) == 100
    written = list(load_statements(options.out))
    groups = orjson.loads((tmp_path / "library.splits.json").read_bytes())["groups"]
    assert {s.split for s in written} == {"train", "validation", "test"}
    assert all(s.group in groups[s.split] for s in written)
