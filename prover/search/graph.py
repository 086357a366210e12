"""The AND/OR graph of a search: states that tactics connect, and what is solved, hopeless or worth a look.

A node is a set of goals to be solved together: any one of its edges will do. An edge is a tactic: all
its children have to be solved. A node is solved only by an edge whose children are solved *already*, so
a cycle never proves anything and every proof is finite.

Sameness (see `goals`): states that read the same are one node. A state equal to a known one but for names
becomes a *duplicate*: a node that is not expanded, and whose one edge, without a tactic, leads to the known
one. When that is solved, the duplicate is due for a replay: the script runs against the duplicate's own
state, and only a script that closes it counts. One that fails makes the duplicate a node like any other.
When the known one is exhausted, so is the duplicate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from prover.search.goals import canonical_key, exact_key
from prover.types import Goal, ProofTree, State


class Status(StrEnum):
    """Where a node stands."""

    OPEN = "open"
    EXPANDING = "expanding"
    EXPANDED = "expanded"
    DUPLICATE = "duplicate"
    SOLVED = "solved"
    DEAD = "exhausted"


@dataclass(frozen=True, slots=True)
class Path:
    """The best known path from the root: the sum of its steps' scores, its number of tactics, its score."""

    total: float = 0.0
    length: int = 0
    score: float = 0.0


@dataclass(slots=True, eq=False)
class Edge:
    """One tactic tried on one node. `kind` is the kind of result, `message` what a failed one said.

    `tactic` is None on the edge from a duplicate to its original. `cycle` marks an edge that leads back to an
    ancestor: nothing is expanded again for it, but it helps should the ancestor be solved in another way.
    """

    parent: Node
    tactic: str | None
    kind: str
    logprob: float = 0.0
    seconds: float = 0.0
    message: str = ""
    children: tuple[Node, ...] = ()
    cycle: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """A set of goals to solve together, in the state `state`, or in its focus on goal number `focus`.

    `edges` can lead to a proof, `failures` cannot. `parents` are the edges that lead here.
    `original` is the node that this one equals but for names. `proof` is there once it is solved.
    """

    number: int
    goals: tuple[Goal, ...]
    state: State
    focus: int | None
    path: Path
    status: Status = Status.OPEN
    edges: list[Edge] = field(default_factory=list)
    failures: list[Edge] = field(default_factory=list)
    parents: list[Edge] = field(default_factory=list)
    original: Node | None = None
    solved_by: Edge | None = None
    proof: ProofTree | None = None

    @property
    def text(self) -> str:
        """Its goals as rendered, one after the other."""
        return "\n\n".join(goal.text for goal in self.goals)


@dataclass(frozen=True, slots=True)
class Part:
    """Goals that a step left and that belong together: all of `state`, or its goal number `focus`."""

    goals: tuple[Goal, ...]
    state: State
    focus: int | None = None


class SearchGraph:
    """Nodes and edges, kept consistent as steps are recorded. Node numbers count up from the root, 0.

    Without `merge` only nodes that have been entered are known again, and only by what they read: a state may
    wait, and be expanded, more than once (as in Llemma's own search, arXiv 2310.10631, §3.3).
    """

    def __init__(self, state: State, merge: bool = True) -> None:
        self._merge = merge
        self._by_text: dict[tuple[str, ...], Node] = {}
        self._by_shape: dict[str, Node] = {}
        self._shapes: dict[tuple[str, ...], str] = {}
        self.nodes: list[Node] = []
        self.replays: deque[Node] = deque()
        """Duplicates whose original has been solved, in order."""
        self.root = self._add(Part(state.goals, state), Path())

    def lookup(self, goals: Sequence[Goal]) -> Node | None:
        """The node that these goals are, or of which they would be a duplicate."""
        found = self._find(goals)
        return found or (self._by_shape.get(self._shape(goals)) if self._merge else None)

    def enter(self, node: Node) -> None:
        """Record that a node is being expanded."""
        node.status = Status.EXPANDING
        self._by_text.setdefault(exact_key(node.goals), node)

    def link(self, edge: Edge, parts: Sequence[Part], path: Path) -> list[Node]:
        """Record a step that left `parts`, and give back the nodes it leads to.

        An edge to a state that equals its own parent is no progress: it is recorded as a failure.
        """
        parent = edge.parent
        known = [self.lookup(part.goals) for part in parts]
        if any(node is not None and _same(node, parent) for node in known):
            edge.kind = "no_progress"
            parent.failures.append(edge)
            return []
        met = {node.original or node for node in known if node}
        above = any(node.edges for node in met)
        edge.cycle = above and not self._ancestors(parent).isdisjoint(met)
        edge.children = tuple(self._find(part.goals) or self._add(part, path) for part in parts)
        self._attach(edge)
        return list(edge.children)

    def close(self, edge: Edge) -> None:
        """Record a step that solved its node."""
        self._attach(edge)

    def accept(self, duplicate: Node) -> None:
        """Record that the original's script, replayed, solves the duplicate."""
        self._solve(duplicate, duplicate.edges[0])

    def reject(self, duplicate: Node, message: str) -> None:
        """Record that it does not: the duplicate is from now on a node of its own."""
        edge = duplicate.edges.pop()
        edge.kind, edge.message = "replay_failed", message
        duplicate.failures.append(edge)
        edge.children[0].parents.remove(edge)
        duplicate.original, duplicate.status = None, Status.OPEN

    def finish(self, node: Node) -> None:
        """Record that a node's candidates are all tried, and find what has become hopeless by that."""
        if node.status is not Status.SOLVED:
            node.status = Status.EXPANDED
            if not any(all(child.status in _HOPEFUL for child in edge.children) for edge in node.edges):
                self._bury(node)

    def give_up(self, node: Node) -> list[Node]:
        """Record that a node cannot be brought about, and give back its duplicates, now nodes of their own.

        Equal states that come later are not taken for it: they may be brought about in another way.
        """
        if self._find(node.goals) is node:
            del self._by_text[exact_key(node.goals)]
        if self._by_shape.get(self._shape(node.goals)) is node:
            del self._by_shape[self._shape(node.goals)]
        duplicates = [edge.parent for edge in node.parents if edge.tactic is None]
        for duplicate in duplicates:
            self.reject(duplicate, "the state that it equals cannot be brought about")
        self.finish(node)
        return duplicates

    def put_off(self, node: Node, path: Path) -> None:
        """Record that some of a node's candidates are to be tried again, at the score of `path`."""
        node.status, node.path = Status.OPEN, path

    def relevant(self, node: Node) -> bool:
        """Whether solving it can still help the root: some way up is unsolved and has no dead sibling."""
        seen, stack = {node}, [node]
        while stack:
            current = stack.pop()
            if current is self.root:
                return True
            for edge in current.parents:
                parent = edge.parent
                if parent not in seen and parent.status not in _SETTLED and not _is_dead(edge):
                    seen.add(parent)
                    stack.append(parent)
        return False

    def _ancestors(self, node: Node) -> set[Node]:
        """The node and all from which it is reached."""
        seen, stack = {node}, [node]
        while stack:
            for edge in stack.pop().parents:
                if edge.parent not in seen:
                    seen.add(edge.parent)
                    stack.append(edge.parent)
        return seen

    def _find(self, goals: Sequence[Goal]) -> Node | None:
        return self._by_text.get(exact_key(goals))

    def _shape(self, goals: Sequence[Goal]) -> str:
        """The canonical key, worked out once for each text: it is the dear part of recording a step."""
        text = exact_key(goals)
        if text not in self._shapes:
            self._shapes[text] = canonical_key(goals)
        return self._shapes[text]

    def _add(self, part: Part, path: Path) -> Node:
        node = Node(len(self.nodes), part.goals, part.state, part.focus, path)
        self.nodes.append(node)
        if not self._merge:
            return node
        self._by_text[exact_key(part.goals)] = node
        original = self._by_shape.setdefault(self._shape(part.goals), node)
        if original is not node:
            node.original = original
            node.status = Status.DEAD if original.status is Status.DEAD else Status.DUPLICATE
            self._attach(Edge(node, None, "duplicate", children=(original,)))
        return node

    def _attach(self, edge: Edge) -> None:
        edge.parent.edges.append(edge)
        for child in dict.fromkeys(edge.children):
            child.parents.append(edge)
        if edge.tactic is None and _is_solved(edge):
            self.replays.append(edge.parent)
        elif _is_solved(edge):
            self._solve(edge.parent, edge)

    def _solve(self, node: Node, edge: Edge) -> None:
        stack = [(node, edge)]
        while stack:
            node, edge = stack.pop()
            if node.status is Status.SOLVED:
                continue
            node.status, node.solved_by, node.proof = Status.SOLVED, edge, _proof(edge)
            for up in node.parents:
                if up.parent.status is Status.SOLVED or not _is_solved(up):
                    continue
                if up.tactic is None:
                    self.replays.append(up.parent)
                else:
                    stack.append((up.parent, up))

    def _bury(self, node: Node) -> None:
        """Mark dead every node above whose hope ended with `node`.

        Hope is a least fixed point: a node has it if it is still to be expanded, or if some edge leads to
        children that all have it. So nodes that only cycle among themselves have none. Only what lies
        above `node` can have changed: doubt all of that, then give back what still has support.
        """
        doubted: set[Node] = set()
        stack = [node]
        while stack:
            current = stack.pop()
            if current in doubted or current.status not in _WAITING:
                continue
            doubted.add(current)
            stack.extend(edge.parent for edge in current.parents)
        supported = [item for item in doubted if _has_support(item, doubted)]
        while supported:
            current = supported.pop()
            doubted.discard(current)
            above = {edge.parent for edge in current.parents} & doubted
            supported.extend(item for item in above if _has_support(item, doubted))
        for item in doubted:
            item.status = Status.DEAD


_SETTLED = (Status.SOLVED, Status.DEAD)
_HOPEFUL = (Status.OPEN, Status.EXPANDING, Status.SOLVED)
_WAITING = (Status.EXPANDED, Status.DUPLICATE)


def _same(known: Node, parent: Node) -> bool:
    """Whether a looked-up node equals the parent, up to names."""
    return (known.original or known) is (parent.original or parent)


def _is_solved(edge: Edge) -> bool:
    return all(child.status is Status.SOLVED for child in edge.children)


def _is_dead(edge: Edge) -> bool:
    return any(child.status is Status.DEAD for child in edge.children)


def _has_support(node: Node, doubted: Iterable[Node]) -> bool:
    return any(all(c.status is not Status.DEAD and c not in doubted for c in e.children) for e in node.edges)


def _proof(edge: Edge) -> ProofTree:
    proofs = tuple(child.proof for child in edge.children if child.proof is not None)
    return proofs[0] if edge.tactic is None else ProofTree(edge.tactic, proofs)


def proof_edges(root: Node) -> Iterator[Edge]:
    """The steps of the proof found at `root`, each once; none where there is none."""
    seen, stack = {root}, [root]
    while stack:
        edge = stack.pop().solved_by
        if edge is not None:
            yield edge
            stack.extend(child for child in dict.fromkeys(edge.children) if child not in seen)
            seen.update(edge.children)
