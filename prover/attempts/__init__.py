"""From what a user wants proved to what came of it: search and judge put together."""

from prover.attempts.file import FileAttempt, attempt_file
from prover.attempts.theorem import Attempt, Plan, attempt, preset_settings
from prover.attempts.tools import Tools, ToolsOnTheWay, open_tools

__all__ = [
    "Attempt",
    "FileAttempt",
    "Plan",
    "Tools",
    "ToolsOnTheWay",
    "attempt",
    "attempt_file",
    "open_tools",
    "preset_settings",
]
