"""The parts of a cluster that need none: messages in small pieces, replicas that refuse, canned handles."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray.exceptions import RayActorError
from recorded_run import recorded_tools, request, table, theorem
from rich.console import Console

from prover.attempts import Tools
from prover.attempts.home import LeanHome
from prover.cluster.bench import OnRay, models_of, ray_crew
from prover.cluster.crew import ClusterSettings, cluster_crew
from prover.cluster.engine import ReplicaEngine, Replicas
from prover.cluster.messages import Lines, Work
from prover.cluster.models import Model, Models
from prover.cluster.outbox import PART_BYTES, Inbox, Outbox, pack, parts
from prover.cluster.replica import Answer, Replica, Saturated
from prover.cluster.versions import versions
from prover.cluster.worker import Worker
from prover.errors import ContextLengthError, ModelError, SetupError
from prover.lean.session import Launch
from prover.policy.engine import Completion, EngineSettings, Prompt, Sampling, Usage
from prover.policy.preset import FOLDER, load_preset
from prover.policy.registry import PolicyChoice
from prover.runs.journal import JournalFile
from prover.runs.records import Job, Outcome
from prover.runs.run_tools import RunTools

NOISE = random.Random(0).randbytes(300_000)


async def test_a_large_message_comes_in_pieces_and_is_whole_in_the_end() -> None:
    outbox, inbox, told = Outbox(), Inbox(), list[Any]()
    outbox.put(Lines(1, NOISE), urgent=True)
    outbox.put(Lines(2, b"short"), urgent=True)
    pieces = 0
    while not told:
        part = await outbox.part(1.0, 0.0)
        assert 0 < len(part) <= PART_BYTES
        pieces += 1
        told += [one for messages in inbox.add(part) for one in messages]
    assert pieces > 4 and told == [Lines(1, NOISE), Lines(2, b"short")]
    assert await outbox.part(0.0, 0.0) == b""


async def test_news_wait_for_more_of_them_unless_somebody_waits_for_it() -> None:
    outbox, inbox = Outbox(), Inbox()
    outbox.put("first")
    asking = asyncio.create_task(outbox.part(60.0, 60.0))
    await asyncio.sleep(0)
    outbox.put("second")
    outbox.put("third", urgent=True)
    assert list(inbox.add(await asking)) == [["first", "second", "third"]]


def test_messages_are_told_apart_however_they_are_cut() -> None:
    stream = b"".join(pack(message) for message in ("one", NOISE, ["two"]))
    for size in (1, 7, 100_000):
        inbox = Inbox()
        cut = [stream[start : start + size] for start in range(0, len(stream), size)]
        if size > 1:
            assert [one for part in cut for one in inbox.add(part)] == ["one", NOISE, ["two"]]
    assert b"".join(parts(stream)) == stream


class SlowEngine:
    """Answers after a while, and knows how much it had to do at once."""

    def __init__(self, error: ModelError | None = None) -> None:
        self.usage, self.error = Usage(), error
        self.now = self.most = self.asked = 0

    async def complete(self, prompt: Prompt, sampling: Sampling) -> list[Completion]:
        self.asked, self.now = self.asked + 1, self.now + 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.01)
        self.now -= 1
        if self.error is not None:
            raise self.error
        self.usage.prompt_tokens += 5
        return [Completion(f"answer to {prompt}", 3, -1.0)]

    async def close(self) -> None:
        """There is nothing to end."""


async def replica_of(engine: SlowEngine, most: int) -> tuple[Replica, Any]:
    """A replica, and what stands for its handle."""

    async def opened() -> SlowEngine:
        return engine

    replica = Replica(opened, most)
    await replica.open()
    remote = SimpleNamespace(remote=lambda *args: asyncio.ensure_future(replica.complete(*args)))
    return replica, SimpleNamespace(complete=remote)


async def test_a_saturated_replica_says_so() -> None:
    replica, _ = await replica_of(SlowEngine(), 2)
    answers = await asyncio.gather(*(replica.complete(f"{n}", Sampling()) for n in range(3)))
    assert [type(one) for one in answers] == [Answer, Answer, Saturated]
    assert isinstance(await replica.complete("later", Sampling()), Answer)


async def test_workers_share_replicas_and_none_has_more_than_it_takes() -> None:
    engines = [SlowEngine(), SlowEngine()]
    handles = {f"r{n}": (await replica_of(engine, 1))[1] for n, engine in enumerate(engines)}
    broken = list[str]()
    workers = []
    for _ in range(3):
        replicas = Replicas(lambda name, reason: broken.append(name), 5.0)
        replicas.set("m", handles)
        workers.append(ReplicaEngine("m", replicas))
    asked = [worker.complete(f"{n}", Sampling()) for n in range(4) for worker in workers]
    answers = await asyncio.gather(*asked)
    assert [one[0].text for one in answers] == [f"answer to {n}" for n in range(4) for _ in workers]
    assert [engine.most for engine in engines] == [1, 1] and not broken
    assert min(engine.asked for engine in engines) > 1 and sum(one.usage.retries for one in workers) > 0
    assert sum(one.usage.generated_tokens for one in workers) == 12 * 3
    assert sum(one.usage.prompt_tokens for one in workers) == 12 * 5


async def test_a_prompt_that_is_too_long_is_no_fault_of_the_replica() -> None:
    _, handle = await replica_of(SlowEngine(ContextLengthError("too long", 1.5)), 1)
    broken = list[str]()
    replicas = Replicas(lambda name, reason: broken.append(name), 5.0)
    replicas.set("m", {"r": handle})
    with pytest.raises(ContextLengthError):
        await ReplicaEngine("m", replicas).complete("x", Sampling())
    assert broken == []


async def test_a_replica_whose_engine_fails_is_reported_and_the_next_one_is_asked() -> None:
    _, bad = await replica_of(SlowEngine(ModelError("engine dead")), 1)
    _, good = await replica_of(SlowEngine(), 1)
    broken = list[tuple[str, str]]()
    replicas = Replicas(lambda name, reason: broken.append((name, reason)), 5.0)
    replicas.set("m", {"bad": bad})
    asking = asyncio.create_task(ReplicaEngine("m", replicas).complete("x", Sampling()))
    while not broken:
        await asyncio.sleep(0)
    replicas.set("m", {"good": good})
    assert (await asking)[0].text == "answer to x" and broken == [("bad", "engine dead")]


async def test_without_any_replica_for_long_the_model_gives_no_answer() -> None:
    replicas = Replicas(lambda name, reason: None, 5.0, replaced_s=0.01)
    with pytest.raises(ModelError, match="no replica of m"):
        await ReplicaEngine("m", replicas).complete("x", Sampling())


@pytest.mark.parametrize(("cpus", "taken", "replicas"), [(2, 0, 1), (16, 1, 1), (64, 4, 4)])
def test_the_small_model_leaves_the_cpus_of_a_small_machine_to_lean(
    monkeypatch: pytest.MonkeyPatch, cpus: int, taken: int, replicas: int
) -> None:
    """On two cores its replica held one, and one Lean ran instead of two."""
    monkeypatch.setattr("prover.cluster.bench.node_resources", lambda: [{"CPU": float(cpus)}])
    (model,) = models_of(PolicyChoice().complete(), None)
    assert (model.cpus * model.replicas, model.replicas) == (taken, replicas)


ON_TWO_GPUS = replace(load_preset("llemma-7b"), engine=EngineSettings(tensor_parallel=2))


@pytest.mark.parametrize(("gpus", "replicas"), [([3.0, 3.0], 2), ([4.0, 1.0], 2), ([2.0], 1)])
def test_a_replica_on_several_gpus_has_them_on_one_node(
    monkeypatch: pytest.MonkeyPatch, gpus: list[float], replicas: int
) -> None:
    """Two nodes of three GPUs each counted as three pairs."""
    nodes = [{"CPU": 8.0, "GPU": one} for one in gpus]
    monkeypatch.setattr("prover.cluster.bench.node_resources", lambda: nodes)
    monkeypatch.setattr("prover.cluster.bench.load_preset", lambda name: ON_TWO_GPUS)
    (model,) = models_of(PolicyChoice(("vllm",), "llemma-7b"), None)
    assert (model.gpus, model.replicas) == (2, replicas)


def test_a_replica_that_fits_on_no_node_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prover.cluster.bench.node_resources", lambda: [{"GPU": 1.0}, {"GPU": 1.0}])
    monkeypatch.setattr("prover.cluster.bench.load_preset", lambda name: ON_TWO_GPUS)
    with pytest.raises(SetupError, match="2 GPUs on one node"):
        models_of(PolicyChoice(("vllm",), "llemma-7b"), None)


class LocalActor:
    """In place of Ray's handle of an actor: the object is in this process."""

    def __init__(self, made: object) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._made, name)
        return SimpleNamespace(remote=lambda *args: asyncio.ensure_future(method(*args)))


@pytest.fixture
def local_actors(monkeypatch: pytest.MonkeyPatch) -> None:
    def remote(kind: Any) -> Any:
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=lambda *a: LocalActor(kind(*a))))

    monkeypatch.setattr("ray.remote", remote)
    monkeypatch.setattr("ray.kill", lambda actor: None)
    monkeypatch.setattr("prover.cluster.models.AGAIN_S", 0.0)


class Loads:
    """Opens a model with two replicas; `answers` say which of those that are tried can load it."""

    def __init__(self, *answers: bool) -> None:
        self.answers, self.given_up, self.noted = list(answers), list[Exception](), list[str]()
        self.models = Models(
            [Model("m", self.open, replicas=2)], lambda *_: None, self.given_up.append, self.noted.append, []
        )

    async def open(self) -> SlowEngine:
        if not self.answers:
            await asyncio.Event().wait()
        if self.answers.pop(0):
            return SlowEngine()
        raise ModelError("no GPU is left")

    async def ready(self, replicas: int) -> None:
        async with asyncio.timeout(60):
            while not self.given_up and len(self.models.handles()["m"]) < replicas:
                await asyncio.sleep(0)


async def test_replicas_that_cannot_load_end_no_run_while_another_answers(local_actors: None) -> None:
    """A lost GPU node ended the run though the models of the other nodes answered."""
    loads = Loads(True, *[False] * 6, True)
    await loads.models.start()
    await loads.ready(2)
    await loads.models.close()
    assert loads.given_up == [] and not loads.answers
    assert sum("no GPU is left" in line for line in loads.noted) == 6


async def test_a_model_that_loads_nowhere_is_given_up(local_actors: None) -> None:
    loads = Loads(*[False] * 3)
    await loads.models.start()
    await loads.ready(1)
    await loads.models.close()
    assert [str(error) for error in loads.given_up] == ["no GPU is left"]


async def test_replicas_and_workers_find_what_lies_beside_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers were given whole paths, replicas were not; and a preset of one's own had none anywhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    shutil.copy(FOLDER / "llemma-7b.toml", "mine.toml")
    sent = list[Any]()

    @asynccontextmanager
    async def crew(work: Work, models: list[Model], *_: object) -> AsyncIterator[None]:
        sent.extend([work.tools, *(model.open for model in models)])
        yield

    monkeypatch.setattr("prover.cluster.bench.connected", lambda address: nullcontext())
    monkeypatch.setattr("prover.cluster.bench.node_resources", lambda: [{"CPU": 2.0}])
    monkeypatch.setattr("prover.cluster.bench.cluster_crew", crew)
    choice = PolicyChoice(("transformers",), "mine.toml", "weights").complete()
    tools = RunTools(choice, 1, 5.0, lambda console: LeanHome(Launch(())))
    async with ray_crew(OnRay("auto"), tools, Console(quiet=True), request(1)):
        worker, replica = sent
    for found in (worker.__self__.choice, replica.args[1]):
        assert (found.preset, found.model) == (str(tmp_path / "mine.toml"), str(tmp_path / "weights"))


class OnLostNode:
    """A worker whose node is gone; that is heard of once a second attempt was given to one of them."""

    given, noticed = 0, asyncio.Event()

    async def open(self) -> str:
        return "lost"

    async def give(self, id: int, part: bytes) -> None:
        OnLostNode.given += 1
        if OnLostNode.given == 2:
            self.noticed.set()
        raise RayActorError

    async def news(self, wait_s: float, linger_s: float) -> bytes:
        await self.noticed.wait()
        raise RayActorError

    async def close(self) -> None:
        """There is nothing to end."""


async def test_an_attempt_is_not_given_up_for_idle_workers_of_a_node_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local_actors: None
) -> None:
    """It was handed to one after the other before they were known to be gone, and recorded as crashed."""

    @asynccontextmanager
    async def tools(_: object) -> AsyncIterator[Tools]:
        yield recorded_tools(table(1, 0.0))

    lost = [OnLostNode() for _ in range(3)]
    monkeypatch.setattr("prover.cluster.crew.Worker", lambda work: lost.pop() if lost else Worker(work))
    monkeypatch.setattr("prover.cluster.crew.TOGETHER_S", 1.0)
    work = Work(tools, request(1).plan, versions())
    async with cluster_crew(work, [], ClusterSettings(workers=4), Console(quiet=True)) as crew:
        await crew.all_ready()
        job, journal = Job(1, theorem(0), 0, 0), JournalFile(tmp_path / "journal", set())
        _, finished = await crew.attempt(job, lambda _: None, journal)
    assert finished.outcome is Outcome.PROVED and OnLostNode.given == 2
