"""What an editor or an assistant starts, started by hand on a terminal: Ctrl-C ends it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

ASKED = {"jsonrpc": "2.0", "id": 1, "method": "initialize"}
LSP = ASKED | {"params": {"processId": None, "rootUri": None, "capabilities": {}}}
MCP = ASKED | {
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
}


def framed(message: object) -> str:
    text = json.dumps(message)
    return f"Content-Length: {len(text)}\r\n\r\n{text}"


@pytest.mark.parametrize(("command", "first"), [("lsp", framed(LSP)), ("mcp", json.dumps(MCP) + "\n")])
def test_ctrl_c_ends_a_server_on_standard_input_that_waits_for_a_line(command: str, first: str) -> None:
    words = [sys.executable, "-m", "prover", command, "--policy", "portfolio"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(first)
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(60) == 130
        finally:
            process.kill()
