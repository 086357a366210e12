"""The options that commands share: which policy, which preset, how the search goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from prover.attempts import Plan, preset_settings
from prover.attempts.home import LeanChoice
from prover.errors import InputError
from prover.lean.native.project import own_project, read_project
from prover.policy.preset import STRATEGIES, Preset, SearchDefaults, Strategy, load_preset, preset_names
from prover.policy.registry import ISABELLE_POLICIES, POLICIES, PolicyChoice
from prover.search import Budget

DEFAULT_BUDGET = "lean_s=60"


def complete_preset(incomplete: str) -> list[str]:
    return [name for name in preset_names() if name.startswith(incomplete)]


def _complete_strategy(incomplete: str) -> list[str]:
    return [name for name in STRATEGIES if name.startswith(incomplete)]


def _complete_policy(incomplete: str) -> list[str]:
    before, plus, last = incomplete.rpartition("+")
    return [f"{before}{plus}{name}" for name in POLICIES if name.startswith(last)]


PolicyNames = Annotated[
    str,
    typer.Option(
        "--policy",
        help=f"Who proposes tactics: {', '.join(POLICIES)}; several mixed: portfolio+small. "
        f"In Isabelle: {', '.join(ISABELLE_POLICIES)}.",
        autocompletion=_complete_policy,
    ),
]
PresetName = Annotated[
    str,
    typer.Option(
        "--preset",
        help="How the model is prompted and searched with: a name (prover prompt --list) or a .toml file.",
        autocompletion=complete_preset,
    ),
]
ModelName = Annotated[
    str,
    typer.Option("--model", help="A folder with weights, a name on the hub, or one of the server's models."),
]
ServerUrl = Annotated[
    str,
    typer.Option("--server", help="An OpenAI-compatible server: http://localhost:8000. Key: OPENAI_API_KEY."),
]
Recording = Annotated[
    Path | None, typer.Option("--recording", help="What --policy replay answers from: see --record.")
]
BudgetText = Annotated[
    str,
    typer.Option(
        "--budget",
        help="Limits: expansions=N, steps=N, tokens=N, lean_s=S, wall_s=S, comma between them. "
        f"Default: the preset's, else {DEFAULT_BUDGET}.",
    ),
]
ScoreName = Annotated[
    str, typer.Option("--score", help="How states are ranked: normalized or llemma. Default: the preset's.")
]
Concurrency = Annotated[
    int | None,
    typer.Option(help="States expanded at a time; 0 adapts to keep model and Lean busy.", min=0),
]

StepSeconds = Annotated[float, typer.Option("--step-seconds", help="Time limit of one tactic.", min=0.05)]
JsonOutput = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]

PROVERS = ("lean", "isabelle")

ProverName = Annotated[
    str,
    typer.Option(
        "--prover",
        help="What proves: lean, or isabelle (its statements, its policies: heuristics, hammer, or a model).",
        autocompletion=lambda incomplete: [name for name in PROVERS if name.startswith(incomplete)],
    ),
]

LEANS = ("embedded", "native", "pantograph")

LeanName = Annotated[
    str,
    typer.Option(
        "--lean",
        help="embedded (no installation; preludes stand in for Mathlib), native (elan's, with Mathlib: "
        "prover setup lean --native), pantograph, or the URL of a Kimina Lean Server (key: KIMINA_API_KEY). "
        "Default: native with --project, else embedded.",
        autocompletion=lambda incomplete: [name for name in LEANS if name.startswith(incomplete)],
    ),
]
ProjectFolder = Annotated[
    Path | None,
    typer.Option("--project", help="Prove inside this Lake project: its own Lean, its own imports."),
]

StrategyName = Annotated[
    str,
    typer.Option(
        "--strategy",
        help="best-first (search by tactics), whole-proof (sample and repair whole proofs) or both. "
        "Default: the preset's.",
        autocompletion=_complete_strategy,
    ),
]

NO_MODEL = {
    "lean": Preset("none", "", "", search=SearchDefaults(concurrency=1)),
    "isabelle": Preset(
        "none", "", "", language="isabelle", search=SearchDefaults(concurrency=1, split=False)
    ),
}
"""The settings where no language model is asked, by what is proved in."""


def policy_choice(
    policy: str, preset: str, model: str, server: str, recording: Path | None, language: str = "lean"
) -> PolicyChoice:
    """What the options say, checked and completed. Raises `InputError`."""
    if recording is not None and not recording.is_file():
        raise InputError(f"no such file: {recording}")
    names = tuple(name.strip() for name in policy.split("+")) if policy else ()
    return PolicyChoice(names, preset, model, server, recording, language).complete()


def lean_choice(lean: str, project: Path | None) -> LeanChoice:
    """Which Lean the options name. Raises `InputError`."""
    if lean.startswith(("http://", "https://")):
        if project is not None:
            raise InputError("--project is of this machine: a Lean server has its own")
        return LeanChoice("kimina", server=lean)
    if lean not in ("", *LEANS):
        raise InputError(f"unknown Lean {lean!r}; known: {', '.join(LEANS)}, or a URL")
    if project is not None and lean == "embedded":
        raise InputError("--project goes with --lean native: the embedded Lean has no Lake projects")
    if project is None and lean in ("", "embedded"):
        return LeanChoice()
    return LeanChoice(lean or "native", read_project(project) if project else own_project())


def make_plan(choice: PolicyChoice, strategy: str, budget: str, score: str, concurrency: int | None) -> Plan:
    """The preset's settings where a model is asked, with what the user says instead. Raises `InputError`."""
    chosen = load_preset(choice.preset) if choice.uses_model else NO_MODEL[choice.language]
    preset = chosen.search
    settings = preset_settings(preset, Budget.parse(budget or preset.budget or DEFAULT_BUDGET))
    settings = replace(
        settings,
        score=score or settings.score,
        concurrency=settings.concurrency if concurrency is None else concurrency,
    )
    return Plan(settings, _strategy(strategy, chosen), preset.rounds)


def _strategy(name: str, preset: Preset) -> Strategy:
    """The strategy of that name, by default the preset's, if the preset has a prompt for it."""
    if preset.strategy == "sketch":
        raise InputError(
            f"the preset {preset.name} writes sketches: prover sketch NAME --preset {preset.name}"
        )
    strategy = next((known for known in STRATEGIES if known == (name or preset.strategy)), None)
    if strategy is None:
        raise InputError(f"unknown strategy {name!r}; known: {', '.join(STRATEGIES)}")
    no_model = preset in NO_MODEL.values()
    if no_model and strategy != "best-first":
        raise InputError(f"--strategy {strategy} needs a language model: --preset, --model or --server")
    needed = {"best-first": [preset.prompt.step], "whole-proof": [preset.prompt.proof]}
    for part, prompts in needed.items():
        if not no_model and strategy in (part, "both") and not all(prompts):
            raise InputError(
                f"the preset {preset.name} has no prompt for --strategy {part}; "
                "`prover prompt --list` names other presets"
            )
    return strategy
