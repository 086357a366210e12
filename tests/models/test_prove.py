"""A tiny Llama drives `prover prove` on the real Lean: by vLLM and transformers in process, and served.

Its weights are random, so its tactics fail; mixed with the portfolio the theorem is proved. That its own
tactics were tried is read off the record.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.tiny_llama import make_tiny_llama
from prover.lean.embedded.setup import ensure_lean

STATEMENT = "theorem t (a b : ℕ) (h : a + 3 = b) : a ≤ b ∧ b = a + 3"

PRESET = """
description = "A short prompt, for a model with random weights"
source = "this test"
[prompt]
step = "{{state}}\\n:::"
[[samplings]]
n = 8
temperature = 1.0
max_tokens = 12
stop = ["\\n"]
[engine]
context = 256
"""


@pytest.fixture(scope="module", autouse=True)
def lean() -> None:
    ensure_lean()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "short.toml").write_text(PRESET, encoding="utf-8")
    make_tiny_llama(folder / "tiny", context=2048)
    return folder / "tiny"


@pytest.fixture(scope="module")
def server(model: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "prover", "serve-model", str(model), "--port", str(port)]
    process = subprocess.Popen([*command, "--context", "256"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert f"127.0.0.1:{port}" in ready
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    assert process.wait(30) == 0


def prove(target: str, *options: str, code: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "prover", "prove", target, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == code, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def short(model: Path) -> list[str]:
    return ["--preset", str(model.with_name("short.toml"))]


def test_a_model_in_process_drives_the_search(model: Path) -> None:
    options = ["--policy", "transformers+portfolio", "--model", str(model), *short(model)]
    record = prove(STATEMENT, *options, code=0)
    assert record["proved"] and record["model"]["requests"] == record["expansions"] >= 1
    assert record["model_tokens"] == record["model"]["generated_tokens"] > 0


def test_a_served_model_drives_the_search(model: Path, server: str) -> None:
    options = ["--policy", "openai+portfolio", "--server", server, *short(model)]
    record = prove(STATEMENT, *options, code=0)
    assert record["proved"] and record["model"]["prefix_cache_hit_rate"] is not None
    assert record["model_tokens"] == record["model"]["generated_tokens"] > 0


def test_a_preset_and_a_folder_are_all_it_takes(model: Path, server: str, tmp_path: Path) -> None:
    """`prover prove NAME --data FILE --preset llemma-7b --model FOLDER`, or --server URL.

    The runtime is vLLM, as always where it is installed: it takes half a minute to start. The preset's
    context of 4096 tokens becomes the model's own, which is shorter.
    """
    lean4 = {"header": "", "statement": "theorem by_name (a b : ℕ) (h : a + 3 = b) : a ≤ b"}
    data = tmp_path / "problems.jsonl"
    data.write_text(json.dumps({"name": "by_name", "split": "valid", "lean4": lean4}) + "\n")
    options = ["--data", str(data), "--preset", "llemma-7b", "--budget", "expansions=1"]
    record = prove("by_name", *options, "--model", str(model), code=1)
    assert record["expansions"] == record["model"]["requests"] == 1
    assert record["model"]["preset"] == "llemma-7b"
    served = prove("by_name", *options, "--server", server, "--policy", "openai", code=1)
    # A context of 256 tokens has no room for three examples, however short the state is made.
    assert served["errors"]["context_length"] == 1
