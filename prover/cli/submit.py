"""`prover submit`: a run as a job of a Ray cluster, which goes on when this terminal is closed."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from prover.cluster.jobs import DEFAULT_ADDRESS, Jobs, on_the_cluster

EXAMPLES = """
Send a benchmark run to a Ray cluster as a job, and come back at once.

    prover submit bench minif2f --data /shared/valid.jsonl --run /shared/runs/valid --budget lean_s=20

    prover submit --address http://head:8265 bench minif2f --data … --run … --resume

    prover status JOB

Data and run folder are read and written on the cluster's head, under the same paths as here: a folder that
both see. prover has to be installed on every machine of the cluster. Exit codes: 0 the job was accepted,
2 bad input, 3 no cluster answers.
"""

Address = Annotated[
    str,
    typer.Option(help=f"The cluster's job server. Default: RAY_API_SERVER_ADDRESS, else {DEFAULT_ADDRESS}."),
]


def submit(
    command: Annotated[list[str], typer.Argument(metavar="bench …", help="A `prover bench` command.")],
    address: Address = "",
) -> None:
    arguments, chosen = on_the_cluster(command), job_server(address)
    id = Jobs(chosen).submit(arguments)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"submitted as {id}. To follow it:\n  prover status {id} --address {chosen}", markup=False)


submit.__doc__ = EXAMPLES


def job_server(address: str) -> str:
    """The address of the job server that the user means."""
    return address or os.environ.get("RAY_API_SERVER_ADDRESS", "") or DEFAULT_ADDRESS
