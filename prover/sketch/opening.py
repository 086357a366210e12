"""Opens the writer that a user chose, and closes it when the command is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from prover.errors import InputError
from prover.policy.preset import Preset
from prover.policy.recording import Recording
from prover.policy.registry import ENGINES, PolicyChoice, open_engine
from prover.sketch.recording import RecordedWriter, RecordingWriter
from prover.sketch.writer import ModelWriter, Writer

WRITERS = (*ENGINES, "replay")


@dataclass(frozen=True, slots=True)
class WriterChoice:
    """Who writes: a complete choice of one runtime, or of `replay`. `record`: the file it is written to."""

    model: PolicyChoice
    record: Path | None = None


def writer_choice(
    runtime: str, preset: Preset, model: str, server: str, recording: Path | None, record: Path | None
) -> WriterChoice:
    """What the options say, checked and completed. Raises `InputError`, `SetupError` without any runtime."""
    if runtime and runtime not in WRITERS:
        raise InputError(f"unknown writer {runtime!r}; known: {', '.join(WRITERS)}")
    replay = runtime == "replay" or (not runtime and recording is not None)
    if replay and recording is None:
        raise InputError("--writer replay needs --recording FILE")
    if recording is not None and not recording.is_file():
        raise InputError(f"no such file: {recording}")
    if not (replay or model or server or preset.model):
        raise InputError(
            "a language model writes the sketches: --server URL, --model FOLDER or NAME, or --recording FILE"
        )
    names = ("replay",) if replay else (runtime,) if runtime else ()
    chosen = PolicyChoice(
        names, "" if replay else preset.name, model, server, recording, preset.language
    ).complete()
    return WriterChoice(chosen, record)


@asynccontextmanager
async def open_writer(choice: WriterChoice, preset: Preset) -> AsyncIterator[Writer]:
    """The writer.

    Raises `SetupError` for a missing package, `ModelError` for a missing model, `InputError` for a file that
    cannot be read, or written to: that is opened first, for a model takes long to load.
    """
    with nullcontext() if choice.record is None else closing(Recording(choice.record)) as recording:
        writer = await _open(choice.model, preset)
        if recording is not None:
            writer = RecordingWriter(writer, recording)
        try:
            yield writer
        finally:
            await writer.close()


async def _open(model: PolicyChoice, preset: Preset) -> Writer:
    if model.recording is not None:
        return RecordedWriter(model.recording)
    return ModelWriter(await open_engine(model.names[0], model, preset), preset)
