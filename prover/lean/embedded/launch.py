"""The command line that starts the embedded Lean's REPL, in its sandbox."""

from __future__ import annotations

import json
import os
from pathlib import Path

from prover.lean.embedded.build import repl_modules
from prover.lean.embedded.install import EmbeddedLean
from prover.lean.session import Launch, env_with

STACK_KIB = 61_440
"""Stack of the Node process. Deep recursion of Lean must end in Lean's own error, not in Node's."""

_V8_STACK_KIB = STACK_KIB - 4_096

_SCRIPTS = Path(__file__).parent


def node_command(
    lean: EmbeddedLean,
    script: str,
    config: dict[str, object],
    writable: Path | None = None,
    work: Path | None = None,
) -> list[str]:
    """`node script config`, allowed to read Lean's files and `work`, and to write below `writable` only.

    Node's permission model refuses processes, other files and native add-ons; `ulimit` widens the
    stack where the system lets it.
    """
    readable = [
        lean.root,
        lean.project_build_dir,
        _SCRIPTS,
        *([Path(str(config["sources"]))] if "sources" in config else []),
        *([work] if work else []),
    ]
    flags = [
        f"--stack-size={_V8_STACK_KIB}",
        "--permission",
        "--allow-worker",
        *(f"--allow-fs-read={path}" for path in readable),
        *([f"--allow-fs-read={writable}", f"--allow-fs-write={writable}"] if writable else []),
        "--no-warnings",
    ]
    widen = f'ulimit -s {STACK_KIB} 2>/dev/null || ulimit -s "$(ulimit -H -s)"; exec "$@"'
    return ["/bin/sh", "-c", widen, "sh", str(lean.node), *flags, str(_SCRIPTS / script), json.dumps(config)]


def lean_env() -> dict[str, str]:
    """What a Lean process sees of our environment. The wasm build would leave a profile where it ends."""
    return env_with(["PATH", "LANG", "TZ"]) | {"LLVM_PROFILE_FILE": os.devnull}


def runtime_config(lean: EmbeddedLean) -> dict[str, object]:
    return {"script": str(lean.script), "wasm": str(lean.wasm), "lib": str(lean.lib)}


def embedded_launch(lean: EmbeddedLean, work: Path | None = None, scratch: Path | None = None) -> Launch:
    """How to start a REPL process on the embedded Lean.

    `work`: the folder whose files `{"path": …}` requests may name, relative to it; Lean may read it and
    not write. `scratch`: a folder, `/scratch` to Lean, where pickles are written and read.
    """
    build = lean.project_build_dir
    config = runtime_config(lean) | {"build": str(build), "modules": repl_modules(build)}
    work, scratch = (folder.resolve() if folder else None for folder in (work, scratch))
    config |= {key: str(folder) for key, folder in (("work", work), ("scratch", scratch)) if folder}
    command = node_command(lean, "serve.cjs", config, writable=scratch, work=work)
    return Launch(command=tuple(command), env=lean_env())
