"""How sketches are asked for, tried and repaired, with a stand-in for the prover that fills the holes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from prover.errors import InputError, ModelError
from prover.policy.engine import Completion
from prover.policy.output import Parsed
from prover.policy.preset import load_preset
from prover.policy.recording import Recording
from prover.search import Budget, Counts, Outcome
from prover.sketch import opening
from prover.sketch.attempt import SketchSettings, attempt_sketch
from prover.sketch.problem import Problem
from prover.sketch.recording import RecordedWriter, RecordingWriter
from prover.sketch.results import FilledHole, OnHole, Tried, Watcher
from prover.sketch.writer import Writer
from prover.types import Attempted, Message, Position, Rung, Statement, Verdict

PROBLEM = Problem(Statement("t", "theorem t : 1 = 1"), "One is one.", "Clear.")
PROVED = Verdict((Rung("kernel", True),))


@dataclass
class StandInFiller:
    """Proves what contains "good"; all else stays open, after `seconds`. What is empty is no sketch.

    Each "one hole" in a sketch is filled at once.
    """

    seconds: float = 0.0
    seen: list[tuple[str, bool]] = field(default_factory=list)

    def read(self, completion: Completion) -> Parsed:
        return Parsed(completion.text, "" if completion.text else "no proof")

    async def fill(
        self, sketch: str, every: bool, left: Budget, watcher: Watcher | None, on_hole: OnHole | None = None
    ) -> Tried:
        self.seen.append((sketch, every))
        for line in range(sketch.count("one hole")):
            assert on_hole is not None
            on_hole(FilledHole("⊢ True", Position(line + 1, 0), "trivial"), Counts(steps=3, lean_seconds=0.5))
        await asyncio.sleep(self.seconds)
        if "good" in sketch:
            return Tried(sketch, True, script="simp", verdict=PROVED, counts=Counts(steps=1))
        hole = FilledHole("⊢ False", Position(1, 0), failure="nothing is left to try")
        told = (Message("error", f"open in {sketch}", Position(len(sketch), 0)),)
        return Tried(sketch, "broken" not in sketch, (hole,), told, counts=Counts(steps=1))


@dataclass
class ListedWriter:
    """Answers from lists; an error in them is raised. It remembers what it was asked to repair."""

    answers: list[list[str] | Exception]
    drafted: list[str] = field(default_factory=list)
    asked: list[tuple[str, int, str]] = field(default_factory=list)
    closed: bool = False

    async def drafts(self, problem: Problem) -> list[Completion]:
        return [Completion(text, 5, None) for text in self.drafted]

    async def sketches(self, problem: Problem, draw: int, failed: Sequence[Attempted]) -> list[Completion]:
        self.asked.append((problem.proof, draw, failed[-1].script if failed else ""))
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return [Completion(text, 10, None) for text in answer]

    async def close(self) -> None:
        self.closed = True


async def test_each_sketch_is_tried_once_until_one_is_proved() -> None:
    filler, writer = StandInFiller(), ListedWriter([["a", "b", "a", "good", "c"]])
    done = await attempt_sketch(writer, filler, PROBLEM, SketchSettings(rounds=0))
    assert done.proved and done.outcome is Outcome.PROVED and done.tried[-1].text == "good"
    assert filler.seen == [("a", False), ("b", False), ("good", False)]
    assert done.counts.steps == 3 and done.counts.model_tokens == 50


async def test_the_nearest_failures_go_back_round_by_round() -> None:
    writer = ListedWriter([["broken", "a", "bbb"], ["cc"], ["dd"], ["good"]])
    filler = StandInFiller()
    done = await attempt_sketch(writer, filler, PROBLEM, SketchSettings(rounds=2, repairs=2))
    assert done.proved and [one.round for one in done.tried] == [0, 0, 0, 1, 1, 2]
    assert [failed for _, _, failed in writer.asked][:4] == ["", "bbb", "a", "cc"]
    assert [every for _, every in filler.seen] == [True, True, True, True, True, False]


async def test_rounds_end_and_what_was_tried_is_told() -> None:
    writer = ListedWriter([["a"], ["b"], ["c"], ["d"]])
    done = await attempt_sketch(writer, StandInFiller(), PROBLEM, SketchSettings(rounds=2, repairs=1))
    assert done.outcome is Outcome.EXHAUSTED and [one.text for one in done.tried] == ["a", "b", "c"]


async def test_without_a_proof_each_draft_is_sketched() -> None:
    problem = Problem(PROBLEM.statement, "One is one.")
    writer = ListedWriter([["a"], ["b"], ["c"], ["good"]], drafted=["First.", "", "First.", "Second."])
    settings = SketchSettings(draws=2, rounds=0)
    done = await attempt_sketch(writer, StandInFiller(), problem, settings)
    assert writer.asked == [("First.", 0, ""), ("First.", 1, ""), ("Second.", 0, ""), ("Second.", 1, "")]
    assert done.proved and done.drafted and done.problem.proof == "Second."


async def test_the_model_writes_the_next_sketch_while_one_is_tried() -> None:
    writer = ListedWriter([["a"], ["b"], ["c"]])
    filler = StandInFiller()
    filler_saw: list[int] = []
    original = filler.fill

    async def fill(sketch: str, *rest: Any) -> Tried:
        await asyncio.sleep(0)
        filler_saw.append(len(writer.asked))
        return await original(sketch, *rest)

    filler.fill = fill  # type: ignore[method-assign]
    await attempt_sketch(writer, filler, PROBLEM, SketchSettings(draws=3, rounds=0))
    assert filler_saw == [2, 3, 3]


async def test_a_model_that_dies_ends_the_attempt_after_what_it_gave_was_tried() -> None:
    writer = ListedWriter([["a"], ModelError("the server is down"), ["good"]])
    done = await attempt_sketch(writer, StandInFiller(), PROBLEM, SketchSettings(draws=3, rounds=2))
    assert done.outcome is Outcome.FAILED and done.failure == "the server is down"
    assert [one.text for one in done.tried] == ["a"] and len(writer.asked) == 2


async def test_answers_that_are_no_sketches_are_counted_by_reason() -> None:
    done = await attempt_sketch(ListedWriter([["", ""]]), StandInFiller(), PROBLEM, SketchSettings())
    assert done.outcome is Outcome.EXHAUSTED and done.tried == ()
    assert done.counts.errors["dropped: no proof"] == 2


async def test_the_wall_clock_ends_a_try() -> None:
    filler = StandInFiller(seconds=30.0)
    settings = SketchSettings(Budget(wall_s=0.05))
    done = await attempt_sketch(ListedWriter([["a"]]), filler, PROBLEM, settings)
    assert (done.outcome, done.budget) == (Outcome.BUDGET, "wall_s")


async def test_a_try_that_the_wall_clock_ends_has_its_holes_and_their_cost() -> None:
    class SecondIsSlow(StandInFiller):
        async def fill(self, sketch: str, *rest: Any) -> Tried:
            self.seconds = 30.0 if self.seen else 0.0
            return await super().fill(sketch, *rest)

    writer, settings = ListedWriter([["a", "one hole, one hole"]]), SketchSettings(Budget(wall_s=1.0))
    done = await attempt_sketch(writer, SecondIsSlow(), PROBLEM, settings)
    assert (done.budget, done.counts.steps, done.counts.lean_seconds) == ("wall_s", 1 + 2 * 3, 2 * 0.5)
    assert [one.text for one in done.tried] == ["a", "one hole, one hole"]
    tried = done.tried[1]
    assert tried.elaborated and not tried.proved and "ran out" in tried.messages[0].text
    assert [(hole.script, hole.start.line) for hole in tried.holes] == [("trivial", 1), ("trivial", 2)]


async def test_tokens_are_a_budget_too() -> None:
    settings = SketchSettings(Budget(tokens=10), draws=5, rounds=0)
    done = await attempt_sketch(ListedWriter([["a"], ["b"]]), StandInFiller(), PROBLEM, settings)
    assert (done.outcome, done.budget) == (Outcome.BUDGET, "tokens") and done.counts.model_tokens == 10


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="draws must be at least 1"):
        SketchSettings(draws=0)


async def test_what_was_recorded_is_replayed_without_the_model(tmp_path: Path) -> None:
    path = tmp_path / "sketches.jsonl"
    writer = RecordingWriter(ListedWriter([["a"], ["good"]], drafted=["First."]), Recording(path))
    problem = Problem(PROBLEM.statement, "One is one.")
    first = await attempt_sketch(writer, StandInFiller(), problem, SketchSettings(rounds=1))
    await writer.close()
    again = await attempt_sketch(RecordedWriter(path), StandInFiller(), problem, SketchSettings(rounds=1))
    assert first.proved and again.tried == first.tried and again.problem == first.problem


async def test_an_answer_that_was_cut_off_is_left_out_and_cut_off_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "sketches.jsonl"
    whole = b'{"name": "t", "kind": "sketch", "completions": ["a"]}\n'
    path.write_bytes(whole + '{"name": "t", "kind": "sketch", "completions": ["ä'.encode()[:-1])
    (answer,) = await RecordedWriter(path).sketches(PROBLEM, 0, [])
    assert answer.text == "a"
    writer = RecordingWriter(ListedWriter([["b"]]), Recording(path))
    await writer.sketches(PROBLEM, 0, [])
    await writer.close()
    again = RecordedWriter(path)
    answers = [await again.sketches(PROBLEM, 0, []) for _ in range(3)]
    assert [[one.text for one in answer] for answer in answers] == [["a"], ["b"], []]


async def test_a_last_answer_without_a_line_end_is_read_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "sketches.jsonl"
    path.write_text('{"name": "t", "kind": "sketch", "completions": ["a"]}', encoding="utf-8-sig")
    assert RecordedWriter(path).names == {"t"}
    writer = RecordingWriter(ListedWriter([["b"]]), Recording(path))
    await writer.sketches(PROBLEM, 0, [])
    await writer.close()
    again = RecordedWriter(path)
    assert [(await again.sketches(PROBLEM, 0, []))[0].text for _ in range(2)] == ["a", "b"]


@dataclass
class ListedEngine:
    """A model that knows whether it was closed."""

    closed: bool = False

    async def close(self) -> None:
        self.closed = True


async def test_a_recording_that_cannot_be_written_is_told_before_the_model_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[ListedEngine] = []

    async def open_engine(*choice: object) -> ListedEngine:
        engines.append(ListedEngine())
        return engines[-1]

    def opened(record: Path) -> AbstractAsyncContextManager[Writer]:
        return opening.open_writer(
            opening.writer_choice("openai", preset, "", "http://x", None, record), preset
        )

    monkeypatch.setattr(opening, "open_engine", open_engine)
    preset = load_preset("sketch-lean")
    with pytest.raises(InputError, match="absent"):
        async with opened(tmp_path / "absent" / "sketches.jsonl"):
            pass
    assert engines == []
    async with opened(tmp_path / "sketches.jsonl") as writer:
        assert isinstance(writer, RecordingWriter)
    assert [engine.closed for engine in engines] == [True]


async def test_a_writer_is_closed_though_its_recording_cannot_be(tmp_path: Path) -> None:
    class OnABrokenDisk(Recording):
        def close(self) -> None:
            super().close()
            raise OSError("input/output error")

    writer = ListedWriter([])
    with pytest.raises(OSError, match="input/output"):
        await RecordingWriter(writer, OnABrokenDisk(tmp_path / "sketches.jsonl")).close()
    assert writer.closed


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "not a recorded answer"),
        ('{"name": "t", "kind": "sketch"}', "completions"),
        ('{"name": "t", "kind": "poem", "completions": []}', "known: draft, sketch"),
        ('{"name": "t", "kind": "sketch", "completions": [3]}', "not a recorded answer"),
    ],
)
def test_a_recording_that_cannot_be_read_is_named_by_its_line(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "sketches.jsonl"
    path.write_text('{"name": "t", "kind": "draft", "completions": ["x"]}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"sketches\.jsonl:2") as caught:
        RecordedWriter(path)
    assert says in str(caught.value)
