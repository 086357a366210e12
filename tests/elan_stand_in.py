"""Stand-ins for elan and Lake, which this machine cannot have: the commands that our set-up runs, and no
more.

`install(folder)` puts `elan` and `lake` into `folder/bin`. What elan has, and what goes wrong, stands in
files of `folder`: `toolchains` (one a line), `trouble` (`network`: nothing can be fetched; `build`: our REPL
does not compile). Every command is written to `log`, with the folder it ran in. What `lake build` builds is a
REPL that is a stand-in too. `lake env` prints variables, as Lake does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

TESTS = Path(__file__).parent
NO_NETWORK = (
    "error: could not download file\ncaused by: curl: (6) Could not resolve host: releases.lean-lang.org"
)


def install(folder: Path, toolchains: str = "", trouble: str = "") -> Path:
    """The folder to put in front of the PATH."""
    (folder / "bin").mkdir(parents=True)
    (folder / "toolchains").write_text(toolchains)
    (folder / "trouble").write_text(trouble)
    for name in ("elan", "lake"):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {folder} {name} "$@"\n')
        program.chmod(0o755)
    return folder / "bin"


def log_of(folder: Path) -> list[str]:
    """The commands that ran, in order, without their folders."""
    path = folder / "log"
    return [json.loads(line)[1] for line in path.read_text().splitlines()] if path.exists() else []


def fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def elan(folder: Path, words: list[str]) -> int:
    known = (folder / "toolchains").read_text()
    match words:
        case ["toolchain", "list"]:
            print(known or "no installed toolchains")
        case ["toolchain", "install", name]:
            if "network" in (folder / "trouble").read_text():
                return fail(NO_NETWORK)
            print(f"info: downloading component 'lean' of {name}")
            (folder / "toolchains").write_text(f"{known}{name}\n")
        case _:
            return fail(f"error: {words} is not what this stand-in can do")
    return 0


def lake(folder: Path, words: list[str]) -> int:
    here, trouble = Path.cwd(), (folder / "trouble").read_text()
    if not any((here / name).is_file() for name in ("lakefile.toml", "lakefile.lean")):
        return fail("error: no such file or directory: lakefile")
    toolchain = (here / "lean-toolchain").read_text().strip()
    if toolchain not in (folder / "toolchains").read_text().split():
        return fail(f"error: toolchain '{toolchain}' is not installed")
    match words:
        case ["exe", "cache", "get"]:
            if "network" in trouble:
                return fail(
                    "fatal: unable to access 'https://github.com/': Could not resolve host: github.com"
                )
            (here / ".lake/packages/mathlib/.lake/build/lib").mkdir(parents=True)
        case ["build", "repl"]:
            if "build" in trouble:
                return fail("error: Prover/Repl/Main.lean:1:0: unknown constant")
            executable(here / ".lake/build/bin/repl", "repl_stand_in.py")
        case ["build", "@REPL/repl"]:
            if "network" in trouble and not (here / ".lake/packages/REPL").is_dir():
                return fail(
                    "error: external command 'git' exited with code 128: Could not resolve host: github.com"
                )
            for step in range(1, 21):
                print(f"✔ [{step}/20] Built REPL.Part{step}", flush=True)
            executable(
                here / ".lake/packages/REPL/.lake/build/bin/repl",
                f"community_repl_stand_in.py {TESTS / 'community_dialogues.json'}",
            )
        case ["env"]:
            print("\n".join(f"{name}={value}" for name, value in lake_variables(here).items()))
        case _:
            return fail(f"error: {words} is not what this stand-in can do")
    return 0


def lake_variables(project: Path) -> dict[str, str]:
    """What Lake adds to the environment. Python stands for its Lean, the tests for a library of the project:
    what the stand-ins need."""
    library = project / ".lake/build/lib"
    library.mkdir(parents=True, exist_ok=True)
    sysroot = {"LEAN_SYSROOT": sys.prefix, "LAKE_HOME": sys.base_prefix, "LEAN_CC": ""}
    return {"LEAN_PATH": f"{TESTS}:.lake/build/lib", "PATH": os.environ["PATH"]} | sysroot


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexec {sys.executable} {TESTS}/{script}\n")
    path.chmod(0o755)


if __name__ == "__main__":
    home, name, *arguments = sys.argv[1:]
    with (Path(home) / "log").open("a") as log:
        log.write(json.dumps([os.getcwd(), " ".join([name, *arguments])]) + "\n")
    sys.exit((elan if name == "elan" else lake)(Path(home), arguments))
