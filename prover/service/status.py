"""How the service is, and what it allows: policy, limits, processes, and whether goals leave this machine."""

from __future__ import annotations

import importlib.metadata
import os
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prover.attempts import Tools
from prover.policy.registry import PolicyChoice
from prover.service.places import Places
from prover.service.schema import STATEMENT_CHARS, LimitsOut, StatusOut, limits_of

if TYPE_CHECKING:
    from prover.service.operations import Settings


def model_server(choice: PolicyChoice) -> str | None:
    """Where goals are sent to, if any of the policies is a model behind a server."""
    if "openai" not in choice.names:
        return None
    parts = urlsplit(choice.server or os.environ.get("OPENAI_BASE_URL", ""))
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"  # Without a password that stands in it.


def status_of(tools: Tools, settings: Settings, places: Places, uptime_s: float) -> StatusOut:
    shares = tools.flow.shares()
    return StatusOut(
        version=importlib.metadata.version("prover"),
        policy=list(settings.choice.names),
        model_server=model_server(settings.choice),
        working=places.working,
        waiting=places.waiting,
        uptime_s=round(uptime_s, 1),
        lean_processes=asdict(tools.prover.pool.counts),
        busy={name: round(value, 3) for name, value in asdict(shares).items()},
        theorems=len(settings.problems),
        limits=LimitsOut(
            at_a_time=settings.at_a_time,
            waiting=settings.waiting,
            body_bytes=settings.body_bytes,
            statement_chars=STATEMENT_CHARS,
            budget=limits_of(settings.plan.settings.budget),
        ),
    )
