"""The holes of a Lean file, one after the other: search each, fill in what was found, judge the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prover.attempts.home import LeanHome
from prover.attempts.theorem import Attempt, Plan, attempt
from prover.attempts.tools import Tools
from prover.errors import StatementError
from prover.judge.lean import LeanJudge, refused
from prover.search.best_first import OnProgress
from prover.statements.holes import Declaration, Hole, find_declarations, find_holes
from prover.statements.leanfile import LeanFile, fill
from prover.types import Position, Statement, Verdict

PROVABLE = frozenset({"theorem", "lemma", "example"})


@dataclass(slots=True)
class FileAttempt:
    """What came of a file. `text` has every hole filled whose declaration the judge accepts."""

    file: LeanFile
    text: str
    prelude: str | None
    attempts: dict[Hole, Attempt] = field(default_factory=dict)
    errors: dict[Hole, StatementError] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    accepted: dict[Hole, str] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        """Whether every hole that was attacked is filled by a proof that the judge accepts."""
        return not self.errors and all(hole in self.accepted for hole in self.attempts)


async def attempt_file(
    tools: Tools,
    file: LeanFile,
    holes: Iterable[Hole],
    plan: Plan,
    on_progress: Callable[[Hole], OnProgress | None],
) -> FileAttempt:
    """Attack `holes` of `file` in order. A hole that does not elaborate is recorded, the others go on."""
    _, name = tools.home.file_text(file.text, file.text)
    done = FileAttempt(file, file.text, name)
    for declaration, own in _grouped(holes):
        scripts: dict[Hole, str] = {}
        for hole in own:
            try:
                found = await attempt(
                    tools, _statement(tools.home, file, hole, plan), plan, on_progress(hole)
                )
            except StatementError as error:
                done.errors[hole] = error
                continue
            done.attempts[hole] = found
            if found.script is not None:
                scripts[hole] = found.script
        if scripts:
            await _accept(tools, done, declaration, scripts)
    return done


def _grouped(holes: Iterable[Hole]) -> list[tuple[Declaration, list[Hole]]]:
    groups: dict[Declaration, list[Hole]] = {}
    for hole in holes:
        groups.setdefault(hole.declaration, []).append(hole)
    return list(groups.items())


def _statement(home: LeanHome, file: LeanFile, hole: Hole, plan: Plan) -> Statement:
    """The hole as a statement: what stands before its declaration is the header.

    For whole proofs it is the theorem itself. Raises `StatementError` where the hole is not all of its body.
    """
    declaration = hole.declaration
    source = f"{file.path}:{hole.position.line}"
    header, _ = home.file_text(file.text[: declaration.start], file.text)
    if plan.strategy != "best-first":
        if not hole.whole or declaration.body is None or declaration.kind not in PROVABLE:
            raise StatementError(
                f"--strategy {plan.strategy} is for a theorem whose whole proof is a `sorry`"
            )
        return Statement(
            declaration.label, _signature(file.text, declaration, declaration.body), header, source
        )
    text = file.text[declaration.start : declaration.end].rstrip()
    before = file.text[declaration.start : hole.start]
    place = Position(before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    return Statement(declaration.label, text, header, source, place)


def _signature(text: str, declaration: Declaration, body: int) -> str:
    """The declaration up to its body, as a theorem with a name."""
    name = " judged_example" if declaration.kind == "example" else ""
    signature = text[declaration.keyword + len(declaration.kind) : body].rstrip()
    return f"{text[declaration.start : declaration.keyword]}theorem{name}{signature}"


async def _accept(
    tools: Tools, done: FileAttempt, declaration: Declaration, scripts: dict[Hole, str]
) -> None:
    """Fill a declaration's holes in `done.text` if the judge accepts what it is then.

    Its proof may rest on earlier declarations as they are filled so far, so on none that is still open.
    """
    filled = fill(done.file.text, done.accepted | scripts)
    index = find_declarations(done.file.text).index(declaration)
    verdict = await judge_declaration(tools.judge, tools.home, filled, find_declarations(filled)[index])
    done.verdicts[declaration.label] = verdict
    if verdict.proved:
        done.accepted |= scripts
        done.text = filled


async def judge_declaration(judge: LeanJudge, home: LeanHome, text: str, declaration: Declaration) -> Verdict:
    """The judge's verdict on a theorem of the file `text`, as it stands there."""
    left = sum(hole.declaration == declaration for hole in find_holes(text))
    if left or declaration.body is None or declaration.kind not in PROVABLE:
        why = f"{left} holes are left" if left else f"a `{declaration.kind}` is no theorem"
        return refused(f"{declaration.label} is not judged: {why}")
    header, _ = home.file_text(text[: declaration.start], text)
    statement = Statement(declaration.label, _signature(text, declaration, declaration.body), header)
    return await judge.judge(statement, text[declaration.body : declaration.end].rstrip())
