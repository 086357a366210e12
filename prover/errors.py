"""The errors a user can cause or mend; each says the way out, and each has an exit code."""

from __future__ import annotations

from collections.abc import Sequence

from prover.types import Message


class ProverError(Exception):
    """Base of the errors that the command line prints as one line, without a traceback."""

    exit_code = 1


class InputError(ProverError):
    """Bad input: a missing file, a broken line, an unknown name."""

    exit_code = 2


class StatementError(InputError):
    """A statement that does not elaborate. `messages` are the prover's own, with their positions."""

    def __init__(self, text: str, messages: Sequence[Message] = ()) -> None:
        super().__init__(text)
        self.messages = tuple(messages)


class SetupError(ProverError):
    """Something this machine lacks; the text names the command that mends it."""

    exit_code = 3


class MissingImportError(SetupError):
    """A library that a statement imports is not here; others may do without it."""


class ModelError(ProverError):
    """A language model that gives no answer: server down, engine dead, no weights, no key."""

    exit_code = 3


class ContextLengthError(ModelError):
    """A prompt that is longer than the model takes; `excess` is its length over the limit, where known."""

    def __init__(self, text: str, excess: float | None = None) -> None:
        super().__init__(text)
        self.excess = excess
