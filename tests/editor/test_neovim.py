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
SESSION, SERVERS = str(HERE / "neovim_session.lua"), str(HERE / "neovim_servers.lua")
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
async def neovim(
    home: Path, out: Path, server: list[str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Neovim with our set-up and this server; nothing is left running, neither itself nor what it started."""
    nvim = shutil.which("nvim")
    if nvim is None:
        pytest.fail(INSTALL)
    process = await asyncio.create_subprocess_exec(
        nvim, "--headless", "-u", str(HERE / "neovim_init.lua"), *arguments,
        env=os.environ
        | {
            "PROVER_TEST_OUT": str(out),
            "PROVER_TEST_SET_UP": str(SET_UP),
            "PROVER_TEST_COMMAND": json.dumps(server),
            "HOME": str(home),
            "PROVER_CACHE": str(cache_dir()),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(process.pid)
            for one in (first, *first.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
        await process.wait()


async def test_neovim_has_one_server_for_the_files_of_all_folders(tmp_path: Path) -> None:
    """Each folder had its own, of gigabytes."""
    files, out = [tmp_path / "a" / "One.lean", tmp_path / "b" / "Two.lean"], tmp_path / "out.json"
    for file in files:
        file.parent.mkdir()
        file.write_text("", encoding="utf-8")
    silent = [sys.executable, "-c", "import time; time.sleep(600)"]
    async with neovim(
        tmp_path, out, silent, str(files[0]), "-c", f"edit {files[1]}", "-S", SERVERS
    ) as process:
        said, _ = await asyncio.wait_for(process.communicate(), 300)
    assert out.exists(), said.decode()
    assert json.loads(out.read_text(encoding="utf-8")) == [[1, 1], [2, 1]], said.decode()


async def test_neovim_applies_what_the_server_offers_and_the_file_checks(
    tmp_path: Path, editor: Editor
) -> None:
    file, out = tmp_path / "Notes.lean", tmp_path / "out.json"
    file.write_text(FILE, encoding="utf-8")
    command = [sys.executable, "-m", "prover", "lsp", "--budget", "wall_s=20"]
    async with neovim(tmp_path, out, command, str(file), "-S", SESSION) as process:
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
