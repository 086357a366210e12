"""A real Neovim, without a window, with the set-up that ships: opens a file, asks, applies, saves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from prover.attempts.file import judge_declaration
from prover.attempts.home import embedded_home
from prover.judge import LeanJudge
from prover.lean.embedded.install import cache_dir
from prover.lean.embedded.setup import ensure_lean
from prover.lean.pool import LeanPool, PoolSettings
from prover.statements.holes import find_declarations

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


async def test_neovim_applies_what_the_server_offers_and_the_file_checks(tmp_path: Path) -> None:
    nvim = shutil.which("nvim")
    if nvim is None:
        pytest.fail(INSTALL)
    lean = ensure_lean()
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
    said, _ = await asyncio.wait_for(process.communicate(), 300)
    assert out.exists(), said.decode()
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["ok"], (record, said.decode())
    assert record["steps"][0] == "attached" and record["steps"][1].endswith("(closes the goal)")
    assert "⊢ True" in record["steps"][2]
    text = file.read_text(encoding="utf-8")
    assert "sorry" not in text
    home = embedded_home(lean)
    async with LeanPool(home.launch, PoolSettings(size=1, spares=0)) as pool:
        judge = LeanJudge(pool)
        verdicts = [await judge_declaration(judge, home, text, one) for one in find_declarations(text)]
        await judge.close()
    assert [verdict.proved for verdict in verdicts] == [True, True], verdicts
