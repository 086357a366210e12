"""`prover prompt`: the exact text that a preset's model is given, without a model."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from prover.errors import InputError
from prover.isabelle.theory import statement_of
from prover.policy.engine import Prompt
from prover.policy.preset import Preset, load_preset, preset_names
from prover.policy.prompts import proof_prompt, step_prompt
from prover.sketch.examples import examples
from prover.sketch.problem import Problem, read_problem
from prover.sketch.writer import draft_prompt, sketch_prompt
from prover.statements.parse import DEFAULT_NAME, parse_statement
from prover.types import Goal, Hypothesis, State, Statement

EXAMPLES = """
Print the prompt that a preset makes of a tactic state, or of a statement; no model is needed.

    prover prompt --preset llemma-7b

    prover prompt --preset bfs-prover-v2 "n : ℕ ⊢ 0 ≤ n"

    prover prompt --preset chat - < state.txt

    prover prompt --preset chat-isabelle

    prover prompt --preset goedel-prover-v2 --statement "theorem t (n : ℕ) : 0 ≤ n"

    prover prompt --preset sketch-lean mathd_algebra_10 --data valid.jsonl

    prover prompt --list

Without a state an example is shown. A preset for sketches is shown a problem, with the proof in words of the
data or of --informal; without one, the prompt is that which asks for it.
"""

EXAMPLE_STATE = "n : ℕ\nh : n % 5 = 3\n⊢ 2 * n % 5 = 1"
EXAMPLE_STATEMENT = "theorem example_state (n : ℕ) (h : n % 5 = 3) : 2 * n % 5 = 1"

ISAR_EXAMPLE_STATE = "fixes n :: nat\nfact h: n mod 5 = 3\n\\<turnstile> 2 * n mod 5 = 1"
ISAR_EXAMPLE_STATEMENT = (
    'theorem example_state:\n  fixes n :: nat\n  assumes h: "n mod 5 = 3"\n  shows "2 * n mod 5 = 1"'
)

_HYPOTHESIS = re.compile(r"([^:\n]+?) : (.*)", re.DOTALL)


def prompt(
    state: Annotated[
        str, typer.Argument(help="A state as the prover shows it, or - for stdin; or a NAME of --data.")
    ] = "",
    preset: Annotated[str, typer.Option(help="A preset's name, or the path of a .toml file.")] = "llemma-7b",
    statement: Annotated[str, typer.Option(help="The theorem that is to be proved.")] = "",
    data: Annotated[Path | None, typer.Option(help="A JSON-lines file with problems, for sketches.")] = None,
    informal: Annotated[Path | None, typer.Option(help="A text file with the proof in words.")] = None,
    header: Annotated[str, typer.Option(help="What stands before it: opens, definitions.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record, with all settings.")] = False,
    show_list: Annotated[bool, typer.Option("--list", help="The presets that there are.")] = False,
) -> None:
    if show_list:
        _print_list(json)
        return
    chosen = load_preset(preset)
    if chosen.strategy == "sketch":
        _print(chosen, _sketch_prompt(chosen, state, statement, data, informal), json)
        return
    if data or informal:
        raise InputError("--data and --informal go with a preset for sketches: prover prompt --list")
    text = sys.stdin.read() if state == "-" else state
    if not text.strip() and (state == "-" or (statement and chosen.strategy == "best-first")):
        raise InputError("no tactic state given, and a prompt for one tactic shows one: prover prompt STATE")
    shown = (_isar_state if chosen.language == "isabelle" else _state)(text, statement, header)
    whole = chosen.strategy == "whole-proof"
    rendered = (
        proof_prompt(chosen.prompt, shown, (), None) if whole else step_prompt(chosen.prompt, shown, None)
    )
    _print(chosen, rendered, json)


prompt.__doc__ = EXAMPLES


def read_state(text: str) -> tuple[Goal, ...]:
    """The goals of a text that shows them as Lean does. Raises `InputError` where there is no `⊢`."""
    goals = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip("\n")):
        if not block.strip():
            continue
        before, turnstile, target = block.partition("⊢")
        if not turnstile:
            raise InputError(f"this is no goal, it has no ⊢: {block.strip()[:60]!r}")
        case = re.match(r"case (\S+)\n", before)
        lines = before[case.end() if case else 0 :]
        hypotheses = tuple(
            Hypothesis(name, found[2].strip(), accessible="✝" not in name)
            for entry in re.split(r"\n(?! )", lines.strip("\n"))
            if (found := _HYPOTHESIS.match(entry))
            for name in found[1].split()
        )
        goals.append(Goal(block, target.strip(), hypotheses, case[1] if case else None))
    return tuple(goals)


def _state(text: str, statement: str, header: str) -> State:
    """The first state that is shown; its statement is made of its first goal where none is given."""
    goals = read_state(text) if text.strip() else ()
    if statement:
        theorem = parse_statement(statement)
    elif goals:
        theorem = _theorem(goals[0])
    else:
        theorem, goals = parse_statement(EXAMPLE_STATEMENT), read_state(EXAMPLE_STATE)
    return State(dataclasses.replace(theorem, header=header), (), goals)


def _isar_state(text: str, statement: str, header: str) -> State:
    """A state as Isabelle's processes show it. Without one the example is shown."""
    theorem = statement_of(statement or ISAR_EXAMPLE_STATEMENT, header)
    goals = tuple(Goal(block) for block in (text.strip("\n") or ISAR_EXAMPLE_STATE).split("\n\n"))
    return State(theorem, (), goals)


def _theorem(goal: Goal) -> Statement:
    """The theorem whose first state a goal would be."""
    binders = "".join(
        f" [{one.type}]" if one.name.startswith("inst✝") else f" ({one.name} : {one.type})"
        for one in goal.hypotheses
        if one.accessible or one.name.startswith("inst✝")
    )
    return Statement(DEFAULT_NAME, f"theorem {DEFAULT_NAME}{binders} : {goal.target}")


def _sketch_prompt(
    preset: Preset, name: str, statement: str, data: Path | None, informal: Path | None
) -> Prompt:
    """What the model is asked for first: a sketch, or the proof in words that it needs."""
    if name and not data:
        raise InputError("a sketch is of a problem: NAME --data FILE, or --statement")
    if name or statement:
        problem = read_problem(name or statement, data, informal, preset.language)
    else:
        one = examples()[0]
        shown = Statement(one.name, one.formal(preset.language).statement)
        problem = Problem(shown, one.informal_statement, one.informal_proof)
    return sketch_prompt(preset, problem, 0, ()) if problem.proof else draft_prompt(preset, problem)


def _print(preset: Preset, rendered: Prompt, json: bool) -> None:
    typer.echo(_record(preset, rendered) if json else _text(rendered))


def _text(rendered: Prompt) -> str:
    if isinstance(rendered, str):
        return rendered
    return "\n\n".join(f"[{turn.role}]\n{turn.content}" for turn in rendered)


def _record(preset: Preset, rendered: Prompt) -> str:
    shown: dict[str, Any] = (
        {"prompt": rendered}
        if isinstance(rendered, str)
        else {"messages": [dataclasses.asdict(turn) for turn in rendered]}
    )
    record = {
        "preset": preset.name,
        "model": preset.model,
        "strategy": preset.strategy,
        **shown,
        "samplings": [dataclasses.asdict(sampling) for sampling in preset.samplings],
        "search": dataclasses.asdict(preset.search),
        **({"sketch": dataclasses.asdict(preset.sketch)} if preset.strategy == "sketch" else {}),
        "engine": dataclasses.asdict(preset.engine),
    }
    return orjson.dumps(record, option=orjson.OPT_INDENT_2).decode()


def _print_list(json: bool) -> None:
    presets = [load_preset(name) for name in preset_names()]
    if json:
        fields = ("name", "description", "source", "model", "strategy")
        records = [{field: getattr(one, field) for field in fields} for one in presets]
        typer.echo(orjson.dumps(records, option=orjson.OPT_INDENT_2).decode())
        return
    width = max(len(one.name) for one in presets)
    for one in presets:
        typer.echo(f"{one.name:<{width}}  {one.description}")
