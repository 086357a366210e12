"""Which Isabelle this machine has, and the command line that starts a process of it with `steps.ML`."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from prover.errors import MissingImportError, SetupError
from prover.lean.session import Launch

JUDGE, STEPS = (Path(__file__).with_name(name) for name in ("judge.ML", "steps.ML"))
SESSION_FOLDER = Path(__file__).with_name("session")
"""A ROOT file with the session whose heap holds every theory that miniF2F imports."""

RUNGS = ("syntax", "elaborates", "statement", "variables", "oracles", "axioms")
"""What a verdict of `judge.ML` asserts, in order."""

LOGIC = "Prover_Base"
"""The session of that ROOT file."""

HEAP, POLY = "ISABELLE_HEAP", "ISABELLE_POLY"

_NEEDED = ("ISABELLE_PROCESS_OPTIONS", "ISABELLE_INIT_SESSION", "ISABELLE_HOME", "ML_SYSTEM", "ML_PLATFORM")
"""What a heap without the `isabelle` command needs in the environment (`src/Pure/ML/ml_process.scala`)."""

ISABELLE_PROVERS = {
    "cvc5": "CVC5_SOLVER",
    "e": "E_HOME",
    "vampire": "VAMPIRE_HOME",
    "verit": "VERIT_SOLVER",
    "spass": "SPASS_HOME",
    "z3": "Z3_SOLVER",
    "zipperposition": "ZIPPERPOSITION_HOME",
    "csdp": "ISABELLE_CSDP",
}
"""External provers by Sledgehammer's names (csdp: of the method `sos`), and the settings that place them."""

_COMMAND_SECONDS = 60.0
MAX_HEAP_MIB = 6_000


@dataclass(frozen=True, slots=True)
class Isabelle:
    """An Isabelle: its command, or Poly/ML and a hierarchy of heaps. `logic` is the session it starts on."""

    command: Path | None
    logic: str = ""
    poly: Path | None = None
    heaps: tuple[Path, ...] = ()

    @property
    def label(self) -> str:
        """What it is, in a few words."""
        if self.command is not None:
            return f"{self.command} with session {self.logic}"
        return f"{self.poly} with {', '.join(heap.name for heap in self.heaps)}"

    def launch(self) -> Launch:
        """How to start a step process."""
        inner = self._ml_process() if self.command is not None else self._poly()
        command = (sys.executable, "-m", "prover.isabelle.relay", *inner)
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        env = environment() | {"PYTHONPATH": path}
        return Launch(command, env, rungs=RUNGS, assistant="Isabelle", echoes=False)

    def _ml_process(self) -> tuple[str, ...]:
        tool = ml_process_tool(str(self.command))
        options = ("-d", str(SESSION_FOLDER), "-l", self.logic, "-o", "parallel_proofs=0")
        return (
            str(self.command),
            tool,
            *options,
            "-f",
            str(JUDGE),
            "-f",
            str(STEPS),
            "-e",
            "Prover_Steps.main ()",
        )

    def _poly(self) -> tuple[str, ...]:
        heaps = ", ".join(_ml_string(str(heap)) for heap in self.heaps)
        start = [
            f"(PolyML.SaveState.loadHierarchy [{heaps}]; PolyML.print_depth 0)",
            "Options.load_default ()",
            "Resources.init_session_env ()",
            "Isabelle_Process.init_options ()",
        ]
        evals = [part for text in start for part in ("--eval", text)]
        flags = ("-q", "--codepage", "utf8", "--maxheap", str(MAX_HEAP_MIB))
        end = ("--use", str(JUDGE), "--use", str(STEPS), "--eval", "(Prover_Steps.main (); exit 0)")
        return (str(self.poly), *flags, *evals, *end)


def find_isabelle() -> Isabelle:
    """The Isabelle of this machine: the heaps of `ISABELLE_HEAP`, else `isabelle` on the PATH.

    Raises `SetupError` saying what is missing and how to come by it.
    """
    heaps = os.environ.get(HEAP, "")
    if heaps:
        return _from_heaps([Path(part) for part in heaps.split(os.pathsep)])
    command = shutil.which("isabelle")
    if command is None:
        raise SetupError(
            "there is no Isabelle: install it from https://isabelle.in.tum.de/installation.html "
            f"and put its bin folder on the PATH, or name a heap in {HEAP}"
        )
    return Isabelle(Path(command), logic=os.environ.get("PROVER_ISABELLE_LOGIC", LOGIC))


def build_command(logic: str = LOGIC) -> str:
    """The command that makes a session's heap."""
    return f"isabelle build -b -d {SESSION_FOLDER} {logic}"


CANNOT_IMPORT = "cannot import "
"""What `steps.ML` says of an import that cannot be loaded."""

_NO_SESSION = ("Missing heap image", "Undefined session", "Bad session", "Missing heap for session")


def setup_failure(text: str) -> SetupError | None:
    """What Isabelle says, as something that is missing here and how to mend it; None where it is not that."""
    if CANNOT_IMPORT in text:
        lines = text[text.index(CANNOT_IMPORT) :].splitlines()
        why = next((line for line in lines[1:] if not line.startswith("Failed to load theory")), "")
        return MissingImportError(
            f"{lines[0]}{why and f': {why}'}; build the session that holds it: {build_command()}"
        )
    line = next((line for line in text.splitlines() if any(mark in line for mark in _NO_SESSION)), None)
    if line is None:
        return None
    return SetupError(f"Isabelle does not start: {line.strip('* ')}; build the session: {build_command()}")


def environment() -> dict[str, str]:
    """Ours without what Isabelle has no use for: keys and tokens do not go to where strangers' text runs."""
    provers = ("E_HOME", "E_VERSION", "CVC", "Z3_", "VAMPIRE_", "SPASS_", "VERIT_", "ZIPPERPOSITION_")
    prefixes = ("ISABELLE_", "ML_", "POLY", "LC_", *provers)
    names = ("PATH", "HOME", "USER", "USER_HOME", "LANG", "TZ", "TMPDIR", "JAVA_HOME", "LD_LIBRARY_PATH")
    return {k: v for k, v in os.environ.items() if k in names or k.startswith(prefixes)}


def _from_heaps(heaps: list[Path]) -> Isabelle:
    absent = [str(heap) for heap in heaps if not heap.is_file()]
    if absent:
        raise SetupError(f"{HEAP} names no such file: {', '.join(absent)}")
    poly = os.environ.get(POLY) or shutil.which("poly")
    if poly is None:
        raise SetupError(f"{HEAP} needs Poly/ML: put `poly` on the PATH, or name it in {POLY}")
    unset = [name for name in _NEEDED if name not in os.environ]
    if unset:
        raise SetupError(f"{HEAP} needs these in the environment too: {', '.join(unset)}")
    return Isabelle(None, heaps[-1].stem, Path(poly), tuple(heaps))


@functools.cache
def ml_process_tool(isabelle: str) -> str:
    """`ML_process`, or `process` as it was called in some versions. Raises `SetupError`."""
    try:
        done = subprocess.run(
            [isabelle, "-?"], capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(f"{isabelle} does not run: {error}") from error
    words = (done.stdout + done.stderr).split()
    tool = next((name for name in ("ML_process", "process") if name in words), None)
    if tool is None:
        raise SetupError(f"{isabelle} has no tool ML_process: `{isabelle} -?` does not list it")
    return tool


def isabelle_setting(name: str) -> str:
    """A setting of this machine's Isabelle; empty where it has none, or where there is no Isabelle."""
    if name in os.environ:
        return os.environ[name]
    command = None if os.environ.get(HEAP) else shutil.which("isabelle")
    return _settings(command).get(name, "") if command else ""


def installed_provers() -> list[str]:
    """The external provers that this machine has, by Sledgehammer's names."""
    return [name for name, variable in ISABELLE_PROVERS.items() if isabelle_setting(variable)]


def isabelle_version(isabelle: Isabelle) -> str | None:
    """What the command says of itself; of heaps the identifier that their environment names, if it does."""
    if isabelle.command is None:
        return os.environ.get("ISABELLE_IDENTIFIER")
    try:
        done = subprocess.run(
            [str(isabelle.command), "version"],
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(done.stdout.splitlines()), None)


@functools.cache
def _settings(isabelle: str) -> dict[str, str]:
    """All settings, asked for once: each call of the tool takes a second."""
    try:
        done = subprocess.run(
            [isabelle, "getenv", *ISABELLE_PROVERS.values()],
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition("=") for line in done.stdout.splitlines())
    return {name: value for name, _, value in pairs}


def _ml_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
