"""The parts of a cluster that need none: messages in small pieces, replicas that refuse, canned handles."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from prover.cluster.bench import models_of
from prover.cluster.engine import ReplicaEngine, Replicas
from prover.cluster.messages import Lines
from prover.cluster.outbox import PART_BYTES, Inbox, Outbox, pack, parts
from prover.cluster.replica import Answer, Replica, Saturated
from prover.errors import ContextLengthError, ModelError
from prover.policy.engine import Completion, Prompt, Sampling, Usage
from prover.policy.registry import PolicyChoice

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
    monkeypatch.setattr("prover.cluster.bench.total_resources", lambda: {"CPU": float(cpus)})
    (model,) = models_of(PolicyChoice().complete(), None)
    assert (model.cpus * model.replicas, model.replicas) == (taken, replicas)
