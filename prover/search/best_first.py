"""Best-first proof search: take the most promising state, try the policy's tactics on it, repeat."""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from prover.errors import ContextLengthError, ModelError
from prover.search.budgets import Budget, Counts
from prover.search.flow import Flow
from prover.search.goals import independent
from prover.search.graph import Edge, Node, Part, Path, SearchGraph, Status
from prover.search.results import Outcome, Progress, SearchResult, SearchSettings, describe
from prover.search.scores import get_score, logprob, ranked
from prover.types import (
    Candidate,
    Closed,
    Focus,
    Open,
    Policy,
    ProofTree,
    Prover,
    State,
    Statement,
    Step,
    StepResult,
    Timeout,
)

_MESSAGE_CHARS = 500
"""How much of a failed step's message is kept: a graph holds many thousands."""

_LONGER = 4
"""How many times as long a tactic gets that was stopped early: in all a third more is spent on it at most."""

_WORTH_ALL = 0.2
"""A tactic that is less likely to work gets that much less time at first."""

_LEAST = 0.1
"""But no smaller share of it: to try a tactic at all takes some time."""

OnProgress = Callable[[Progress], None]


async def prove(
    prover: Prover,
    policy: Policy,
    statement: Statement,
    settings: SearchSettings | None = None,
    on_progress: OnProgress | None = None,
    flow: Flow | None = None,
) -> SearchResult:
    """Search for a proof. Many calls may run concurrently on one prover and one policy; they share a `flow`.

    What tactics do, crashes and timeouts included, is part of the result and never raised; so is a model that
    gives no answer. Raises `StatementError` where the statement does not elaborate, and what else
    `prover.start` raises. With concurrency 1 and a deterministic prover and policy it is deterministic.
    """
    search = _Search(prover, policy, settings or SearchSettings(), on_progress, flow or Flow())
    return await search.run(statement)


class _OutOfBudget(Exception):
    """A limit is reached: this expansion goes no further."""


@dataclass(frozen=True, slots=True)
class _Tries:
    """Tactics to try on a node, each for so many seconds if it is likely; their tries that were stopped."""

    within_s: float | None
    candidates: list[Candidate]
    stopped: list[Edge]


class _Search:
    """One theorem's search: the graph, the queue of open states, and what has been spent."""

    def __init__(
        self,
        prover: Prover,
        policy: Policy,
        settings: SearchSettings,
        on_progress: OnProgress | None,
        flow: Flow,
    ) -> None:
        self._flow = flow
        self._prover, self._policy, self._settings = prover, policy, settings
        self._within_expansion = settings.budget.within_expansion()
        self._score = get_score(settings.score, settings.alpha)
        self._on_progress = on_progress
        self._counts = Counts()
        self._graph: SearchGraph | None = None
        self._queue: list[tuple[float, int, Node]] = []
        self._order = count()
        self._parked: list[Node] = []
        self._unpaid: list[Node] = []
        self._spent: str | None = None
        self._late: dict[Node, _Tries] = {}
        self._current: Node | None = None
        self._began, self._reported = time.monotonic(), -math.inf

    async def run(self, statement: Statement) -> SearchResult:
        """Search until the end or the wall clock's; what is in flight is then cancelled and awaited."""
        failure = ""
        search = asyncio.create_task(self._search(statement))
        try:
            done, _ = await asyncio.wait({search}, timeout=self._settings.budget.wall_s)
            if done:
                search.result()
            else:
                self._spent = self._spent or "wall_s"
        except ModelError as error:
            failure = str(error) or type(error).__name__
        finally:
            search.cancel()
            await asyncio.gather(search, return_exceptions=True)
        return self._result(failure)

    async def _search(self, statement: Statement) -> None:
        self._graph = SearchGraph(await self._prover.start(statement), self._settings.merge)
        self._push(self._graph.root)
        await self._expand_all(self._graph)

    def _result(self, failure: str) -> SearchResult:
        """A proof counts even if it arrived together with the end of a budget."""
        self._counts.wall_seconds = time.monotonic() - self._began
        for node in self._graph.nodes if self._graph else ():
            if node.status is Status.EXPANDING:
                node.status = Status.OPEN
                self._push(node)
        self._report(final=True)
        proof = self._graph.root.proof if self._graph else None
        if proof is not None:
            return SearchResult(Outcome.PROVED, None, proof, self._counts, self._graph)
        if failure:
            return SearchResult(Outcome.FAILED, None, None, self._counts, self._graph, failure)
        outcome = Outcome.EXHAUSTED if self._spent is None else Outcome.BUDGET
        return SearchResult(outcome, self._spent, None, self._counts, self._graph)

    async def _expand_all(self, graph: SearchGraph) -> None:
        """Keep expansions going until the root is solved or nothing is left that can be expanded."""
        running: set[asyncio.Task[None]] = set()
        try:
            while graph.root.proof is None:
                width = self._settings.concurrency or self._flow.width
                while len(running) < width and (node := self._next(graph)):
                    running.add(asyncio.create_task(self._expand(graph, node)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.gather(*done)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    # The queue.

    def _push(self, node: Node) -> None:
        heapq.heappush(self._queue, (-node.path.score, next(self._order), node))

    def _next(self, graph: SearchGraph) -> Node | None:
        """The best open node that can still help and that the budget allows; it is now being expanded.

        A node may be queued more than once, with its older and worse scores: it is taken at its best one.
        Nodes that cannot help are set aside, for a later edge may make them useful again. Those that the
        budget forbids stay open.
        """
        while self._queue:
            node = heapq.heappop(self._queue)[2]
            if node.status is not Status.OPEN:
                continue
            if not graph.relevant(node):
                self._parked.append(node)
            elif not self._affords(node):
                self._unpaid.append(node)
            else:
                graph.enter(node)
                return node
        return None

    def _unpark(self, graph: SearchGraph) -> None:
        parked, self._parked = self._parked, []
        for node in parked:
            if node.status is Status.DUPLICATE:
                graph.replays.append(node)
            else:
                self._push(node)

    # Expanding a node.

    async def _expand(self, graph: SearchGraph, node: Node) -> None:
        """Expand the node as far as the budget goes; what else is being expanded is not disturbed."""
        with suppress(_OutOfBudget):
            await self._try_tactics(graph, node)

    async def _try_tactics(self, graph: SearchGraph, node: Node) -> None:
        self._current = node
        if not await self._enter(graph, node):
            return
        tries = self._late.pop(node, None) or await self._first_tries(node)
        late = _Tries(tries.within_s and tries.within_s * _LONGER, [], [])
        for number, candidate in enumerate(tries.candidates):
            within_s = tries.within_s and tries.within_s * _worth(candidate)
            result = await self._step(node.state, candidate.tactic, within_s)
            if tries.stopped:
                node.failures.remove(tries.stopped[number])
            edge = Edge(node, candidate.tactic, "", logprob(candidate))
            self._record(graph, edge, candidate, result)
            if isinstance(result, Timeout) and result.early:
                late.candidates.append(candidate)
                late.stopped.append(edge)
            await self._replay_duplicates(graph)
            if graph.root.proof is not None:
                return
            if node.proof is not None:
                break
        self._finish(graph, node, late)

    async def _first_tries(self, node: Node) -> _Tries:
        self._check(self._settings.budget)
        self._counts.expansions += 1
        self._report()
        return _Tries(self._settings.first_s, await self._propose(node), [])

    def _finish(self, graph: SearchGraph, node: Node, late: _Tries) -> None:
        """What was stopped early comes again, at the priority of what is so many times less likely."""
        if node.proof is not None or not late.candidates:
            graph.finish(node)
            return
        self._late[node] = late
        total, length = node.path.total - math.log(_LONGER), node.path.length
        graph.put_off(node, Path(total, length, self._score.rank(total, length)))
        self._push(node)

    async def _enter(self, graph: SearchGraph, node: Node) -> bool:
        """Bring about the node's own state, by the focus that was put off until it is needed.

        Where the prover cannot focus, the goals are kept together after all.
        """
        if await self._focus(node):
            return True
        made_by = next(edge for edge in node.parents if edge.tactic is not None)
        again = Edge(made_by.parent, made_by.tactic, "open", made_by.logprob, made_by.seconds)
        self._link(graph, again, [Part(node.state.goals, node.state)], node.path)
        for duplicate in graph.give_up(node):
            self._push(duplicate)
        return False

    async def _focus(self, node: Node) -> bool:
        """Whether the node now has a state of its own."""
        if node.focus is None:
            return True
        result = await self._step(node.state, Focus(node.focus))
        if not isinstance(result, Open) or len(result.state.goals) != 1:
            return False
        node.state, node.focus = result.state, None
        return True

    async def _propose(self, node: Node) -> list[Candidate]:
        """The candidates to try, best first, each text once."""
        began = time.monotonic()
        try:
            with self._flow.asking():
                proposed = (await self._policy.propose([node.state]))[0]
        except ContextLengthError:
            self._counts.errors["context_length"] += 1
            return []
        finally:
            self._counts.model_seconds += time.monotonic() - began
        self._counts.model_tokens += sum(candidate.tokens for candidate in proposed)
        self._counts.errors.update(f"dropped: {c.dropped}" for c in proposed if c.dropped)
        return ranked(proposed, self._score.step)[: self._settings.max_candidates]

    async def _step(self, state: State, step: Step, within_s: float | None = None) -> StepResult:
        self._check(self._within_expansion)
        if isinstance(step, Focus):
            self._counts.focuses += 1
        else:
            self._counts.steps += 1
        with self._flow.stepping():
            result = await self._prover.step(state, step, within_s)
        self._flow.stepped(result.seconds)
        self._counts.lean_seconds += result.seconds
        kind, _ = describe(result)
        if kind not in ("open", "closed"):
            self._counts.errors[kind] += 1
        self._report()
        return result

    def _record(self, graph: SearchGraph, edge: Edge, candidate: Candidate, result: StepResult) -> None:
        edge.kind, message = describe(result)
        edge.message, edge.seconds = message[:_MESSAGE_CHARS], result.seconds
        if isinstance(result, Closed):
            graph.close(edge)
        elif isinstance(result, Open) and result.state.goals:
            self._link(graph, edge, self._parts(result.state), self._extend(edge.parent.path, candidate))
        else:
            if isinstance(result, Open):
                # Nothing in sight to work on, and yet not proved: something is left that no tactic can reach.
                edge.kind = "hidden_goals"
                self._counts.errors[edge.kind] += 1
            edge.parent.failures.append(edge)

    def _parts(self, state: State) -> list[Part]:
        return _split(state) if self._settings.split else [Part(state.goals, state)]

    def _extend(self, path: Path, candidate: Candidate) -> Path:
        total, length = path.total + self._score.step(candidate), path.length + 1
        return Path(total, length, self._score.rank(total, length))

    def _link(self, graph: SearchGraph, edge: Edge, parts: list[Part], path: Path) -> None:
        """Add a step that left goals to the graph, and queue what it leads to."""
        # Asked before the edge is there: does it lead into a part of the graph that was given up?
        known = [node for part in parts if (node := graph.lookup(part.goals))] if self._parked else []
        given_up = any(not graph.relevant(node) for node in known)
        size = len(graph.nodes)
        children = graph.link(edge, parts, path)
        if given_up:
            self._unpark(graph)
        self._counts.cycles += edge.cycle
        if edge.kind == "no_progress":
            self._counts.errors[edge.kind] += 1
        self._counts.merged += sum(child.number < size for child in set(children))
        self._counts.duplicates += sum(node.original is not None for node in graph.nodes[size:])
        self._enqueue(children, path)

    def _enqueue(self, nodes: Iterable[Node], path: Path) -> None:
        """Queue new nodes, and open ones that were reached by a better path. A duplicate lends its score."""
        for node in nodes:
            target = node.original or node
            if target.status is Status.OPEN and (target.path is path or path.score > target.path.score):
                target.path = path
                self._push(target)

    # Duplicates.

    async def _replay_duplicates(self, graph: SearchGraph) -> None:
        while graph.replays:
            duplicate = graph.replays.popleft()
            if duplicate.status is not Status.DUPLICATE or duplicate.original is None:
                continue
            if not graph.relevant(duplicate):
                self._parked.append(duplicate)
                continue
            self._counts.replays += 1
            if await self._replays(duplicate, duplicate.original.proof):
                graph.accept(duplicate)
            else:
                graph.reject(duplicate, "the script of the state that it equals does not close it")
                self._push(duplicate)

    async def _replays(self, node: Node, proof: ProofTree | None) -> bool:
        """Whether the proof's script, step by step, closes the node's state with the same shape."""
        if not await self._focus(node):
            return False
        stack = [(node.state, proof)]
        while stack:
            state, tree = stack.pop()
            if tree is None:
                return False
            result = await self._step(state, tree.tactic)
            if isinstance(result, Closed) and not tree.children:
                continue
            if not isinstance(result, Open) or not result.state.goals or not tree.children:
                return False
            inner = await self._focused(result.state, len(tree.children))
            if inner is None:
                return False
            stack.extend(zip(inner, tree.children, strict=True))
        return True

    async def _focused(self, state: State, count: int) -> list[State] | None:
        """The states of `count` independent goals, for one the whole state; None if the number differs."""
        if count == 1:
            return [state]
        if len(state.goals) != count:
            return None
        results = [await self._step(state, Focus(index)) for index in range(count)]
        states = [result.state for result in results if isinstance(result, Open)]
        return states if len(states) == count else None

    # Budgets and progress.

    def _affords(self, node: Node) -> bool:
        """Whether the budget allows to expand it; tactics that are to be tried again are paid for."""
        return not self._over(self._within_expansion if node in self._late else self._settings.budget)

    def _check(self, budget: Budget) -> None:
        if self._over(budget):
            raise _OutOfBudget

    def _over(self, budget: Budget) -> bool:
        """Whether a limit is reached; the first that kept something from being done is what is reported."""
        self._counts.wall_seconds = time.monotonic() - self._began
        spent = budget.spent(self._counts)
        self._spent = self._spent or spent
        return spent is not None

    def _report(self, final: bool = False) -> None:
        now = time.monotonic()
        due = final or now - self._reported >= self._settings.progress_every_s
        if self._on_progress is None or not due:
            return
        self._reported = now
        elapsed = now - self._began
        counts, current = self._counts, self._current
        known = (*(node for _, _, node in self._queue), *self._unpaid)
        waiting = [node for node in known if node.status is Status.OPEN]
        self._on_progress(
            Progress(
                expansions=counts.expansions,
                steps=counts.steps,
                open_goals=len(set(waiting)),
                best_score=max((node.path.score for node in waiting), default=0.0),
                steps_per_s=counts.steps / elapsed if elapsed > 0 else 0.0,
                lean_seconds=counts.lean_seconds,
                elapsed_s=elapsed,
                goal=current.text if current else "",
                shares=self._flow.shares(),
                graph=self._graph,
            )
        )


def _worth(candidate: Candidate) -> float:
    """The share of the time for one try that it gets."""
    return min(max(candidate.chance / _WORTH_ALL, _LEAST), 1.0)


def _split(state: State) -> list[Part]:
    """One part for each goal where all are independent of each other, else the state as a whole.

    A state with some goals that share a metavariable and some that do not could be split further; it is kept
    whole because a focus takes one goal, and because the script of a whole state is plainly sequential.
    """
    if len(state.goals) > 1 and independent(state.goals):
        return [Part((goal,), state, index) for index, goal in enumerate(state.goals)]
    return [Part(state.goals, state)]
