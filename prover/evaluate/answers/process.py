"""The checker's process: answers come in as JSON lines, verdicts go out. `checker` starts it.

A line with two answers asks whether they are equal, one with a single answer for its bucket.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import resource
import sys

_STACK_FRAMES = 5000


def main() -> None:
    """Answer until the input ends. Standard output is ours alone: what libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(_STACK_FRAMES)
    from prover.evaluate.answers.buckets import bucket  # Two seconds: the caller waits for "ready".
    from prover.evaluate.answers.equal import equal

    answers.write('{"ready": true}\n')
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            reply: dict[str, object] = (
                {"equal": equal(*asked)} if len(asked) == 2 else {"bucket": _short(bucket(*asked))}
            )
        except Exception as error:  # SymPy raises anything on text that a model wrote.
            reply = {"error": type(error).__name__}
        answers.write(json.dumps(reply) + "\n")


def _short(name: str | None) -> str | None:
    return None if name is None else hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


if __name__ == "__main__":
    main()
