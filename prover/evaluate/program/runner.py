"""Runs one program inside the sandbox and writes down its answer. Nothing else of the project is there.

Standard input has {"program", "result"}; the last line of standard output will be {"answer"} or {"error"}.
What the program itself prints goes nowhere.
"""

import contextlib
import json
import os
import resource
import sys

MOST_CHARS = 1000


def main() -> None:
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    task = json.loads(sys.stdin.read())
    if len(sys.argv) == 3:
        _give_up_root(*map(int, sys.argv[1:]))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if "sympy" in task["program"]:
        import sympy  # noqa: F401  # The two seconds of loading it are not the program's.
    channel.write("ready\n")
    channel.flush()
    try:
        reply = {"answer": _text(_run(task["program"], task["result"]))}
    except BaseException as error:  # SystemExit and the like are the program's too.
        reply = {"error": type(error).__name__}
    channel.write(json.dumps(reply) + "\n")
    channel.flush()
    os._exit(0)


def _give_up_root(processes: int, user: int) -> None:
    """Become a user without rights, if we may, and be held to a number of processes and threads."""
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    if os.getuid() == 0:
        with contextlib.suppress(PermissionError, OSError):
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)


def _run(program: str, result: str) -> object:
    """The value that the program leaves: what its function `solution` gives, or its variable `answer`."""
    space: dict[str, object] = {"__name__": "__main__"}
    exec(compile(program, "program", "exec"), space)
    value = space[result]
    return value() if result == "solution" and callable(value) else value


def _text(value: object) -> str:
    """A value as an answer is written: LaTeX for what SymPy makes, several values with commas between."""
    if isinstance(value, list | set | frozenset) and value:
        return _short(", ".join(map(_text, value)))
    if isinstance(value, tuple) and value:
        return _short(f"({', '.join(map(_text, value))})")
    if isinstance(value, float) and abs(value) < 1e15:
        # 100 * 1.1 is 110, as it is computed in any other way.
        return str(int(value)) if value.is_integer() else format(value, ".12g")
    if "sympy" in sys.modules and hasattr(value, "free_symbols"):
        return _short(str(sys.modules["sympy"].latex(value)))
    return _short(str(value))


def _short(text: str) -> str:
    if len(text) > MOST_CHARS:
        raise ValueError("a long answer")
    return text


if __name__ == "__main__":
    main()
