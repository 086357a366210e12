"""The checker's process: pairs of answers come in as JSON lines, verdicts go out. `checker` starts it."""

from __future__ import annotations

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
    from prover.evaluate.answers.equal import equal  # Two seconds, of which the caller is told by "ready".

    answers.write('{"ready": true}\n')
    for line in sys.stdin:
        reference, answer = json.loads(line)
        try:
            reply: dict[str, object] = {"equal": equal(reference, answer)}
        except Exception as error:  # SymPy raises anything on text that a model wrote.
            reply = {"equal": False, "error": type(error).__name__}
        answers.write(json.dumps(reply) + "\n")


if __name__ == "__main__":
    main()
