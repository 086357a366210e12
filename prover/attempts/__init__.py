"""From what a user wants proved to what came of it: search and judge put together."""

from prover.attempts.file import FileAttempt, attempt_file
from prover.attempts.theorem import Attempt, attempt

__all__ = ["Attempt", "FileAttempt", "attempt", "attempt_file"]
