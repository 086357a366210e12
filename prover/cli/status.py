"""`prover status`: how far a run is, from any terminal: by its folder, or by its job on a Ray cluster."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from prover.cli.choices import JsonOutput
from prover.cli.submit import Address, job_server
from prover.cluster.jobs import JOB_PREFIX, OVER, Job, Jobs
from prover.errors import InputError
from prover.runs.folder import RunFolder, at_work
from prover.runs.records import Totals

EVERY_S = 5.0
RECENT_S = 300.0

EXAMPLES = """
Say how far a run is. It changes nothing, and may be asked as often as you like.

    prover status runs/valid

    prover status runs/valid --follow

    prover status raysubmit_Kn4CgbH1hZ2gUzD6 --address http://head:8265 --follow

Exit codes: 0 it goes on or is complete, 1 it has stopped before its end, or is void, 2 there is no such run
or job, 3 no cluster answers.
"""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a run. recent: attempts finished in the last five minutes. job: where it is one.

    printed: the last lines of a job that has failed, or whose folder is not seen from here.
    """

    folder: str
    totals: Totals | None
    running: bool
    recent: int = 0
    job: Job | None = None
    printed: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.totals is not None and self.totals.done == self.totals.attempts

    @property
    def code(self) -> int:
        void = self.totals is not None and self.totals.proved_canaries > 0
        return 1 if void or not (self.running or self.complete) else 0


def status(
    run: Annotated[str, typer.Argument(metavar="DIR|JOB", help="A run's folder, or a submitted job.")],
    address: Address = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run ends.")] = False,
    json: JsonOutput = False,
) -> None:
    jobs = None if RunFolder.exists(Path(run)) else _jobs(run, address)
    while True:
        found = _of_folder(Path(run)) if jobs is None else _of_job(jobs, run)
        if not json:
            Console(highlight=False, soft_wrap=True).print(_line(found), markup=False)
        if not follow or not found.running:
            break
        time.sleep(EVERY_S)
    if json:
        typer.echo(orjson.dumps(_record(found), option=orjson.OPT_INDENT_2).decode())
    raise typer.Exit(found.code)


status.__doc__ = EXAMPLES


def _jobs(run: str, address: str) -> Jobs:
    if not address and not run.startswith(JOB_PREFIX):
        raise InputError(f"{run} is no folder of a run; a job's number begins with {JOB_PREFIX}")
    return Jobs(job_server(address))


def _of_folder(folder: Path) -> Status:
    with RunFolder(folder) as run:
        since = time.time() - RECENT_S
        recent = run.query("SELECT count(*) FROM attempts WHERE finished >= ?", (since,))[0][0]
        return Status(str(folder), run.totals(), at_work(folder), recent)


def _of_job(jobs: Jobs, id: str) -> Status:
    """By its folder too, where this machine sees it."""
    job = jobs.job(id)
    if job.run is None:
        raise InputError(f"{id} is a job of this cluster, and no run of prover's")
    seen = RunFolder.exists(job.run)
    found = _of_folder(job.run) if seen else Status(str(job.run), None, False)
    found = replace(found, running=job.status not in OVER, job=job)
    if seen and (found.running or found.complete):
        return found
    return replace(found, printed=tuple(jobs.last_lines(id)))


def _line(found: Status) -> str:
    """One line, then what is to be shown of what the job printed."""
    state = "running" if found.running else "complete" if found.complete else "stopped"
    if found.job is not None:
        state = f"{found.job.id} {found.job.status.lower()}"
    if found.totals is None:
        return "\n  ".join([f"{state}: {found.folder} is not seen from here", *found.printed])
    t = found.totals
    line = f"{state}: {t.done}/{t.attempts} attempts, {t.proved} proved, {t.claimed} under way"
    if found.running and found.recent:
        per_minute = found.recent / (RECENT_S / 60)
        line += f", {per_minute:.1f}/min, {(t.attempts - t.done) / per_minute:.0f} min left"
    if t.proved_canaries:
        line += "; VOID: a false statement was proved"
    return "\n  ".join([line, *found.printed])


def _record(found: Status) -> dict[str, Any]:
    record = asdict(found) | {"complete": found.complete}
    if found.job is not None:
        record["job"] = asdict(found.job) | {"run": str(found.job.run)}
    return record
