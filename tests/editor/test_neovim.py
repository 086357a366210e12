"""A real Neovim, without a window, with the set-up that ships: opens a file, asks, applies, saves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from editor_client import Editor
from lsprotocol import types as lsp

from prover.lean.embedded.install import cache_dir

INSTALL = "this test needs Neovim 0.7 or later: apt-get install neovim, or the like"
HERE = Path(__file__).parent
SET_UP = Path(__file__).parents[2] / "editors" / "nvim"
FILE = """import Mathlib

theorem one (p q : Prop) (hp : p) (hq : q) : p ∧ q := by
  have := True.intro
  sorry

theorem two (𝔸 : Prop) (h : 𝔸 ∧ True) : True ∧ 𝔸 := by
  have : True := trivial
  sorry
"""


@asynccontextmanager
async def ended(process: asyncio.subprocess.Process) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process, which leaves nothing running: neither itself nor what it started."""
    try:
        yield process
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(process.pid)
            for one in (first, *first.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
        await process.wait()


async def test_neovim_applies_what_the_server_offers_and_the_file_checks(
    tmp_path: Path, editor: Editor
) -> None:
    nvim = shutil.which("nvim")
    if nvim is None:
        pytest.fail(INSTALL)
    file, out = tmp_path / "Notes.lean", tmp_path / "out.json"
    file.write_text(FILE, encoding="utf-8")
    command = [sys.executable, "-m", "prover", "lsp", "--budget", "wall_s=20"]
    process = await asyncio.create_subprocess_exec(
        nvim, "--headless", "-u", str(HERE / "neovim_init.lua"), str(file),
        "-S", str(HERE / "neovim_session.lua"),
        env=os.environ
        | {
            "PROVER_TEST_OUT": str(out),
            "PROVER_TEST_SET_UP": str(SET_UP),
            "PROVER_TEST_COMMAND": json.dumps(command),
            "HOME": str(tmp_path),
            "PROVER_CACHE": str(cache_dir()),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with ended(process):
        said, _ = await asyncio.wait_for(process.communicate(), 300)
    assert out.exists(), said.decode()
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["ok"], (record, said.decode())
    assert record["steps"][0] == "attached" and record["steps"][1].endswith("(closes the goal)")
    assert "⊢ True" in record["steps"][2]
    text = file.read_text(encoding="utf-8")
    assert "sorry" not in text
    for name in ("one", "two"):
        uri, place = editor.open(text.replace(name, f"¦{name}", 1))
        await editor.run(lsp.Command("", "prover.check", arguments=[uri, place]))
        await editor.until(lambda uri=uri: editor.diagnostics.get(uri))
        assert editor.diagnostics[uri][0].message.startswith("proved")
