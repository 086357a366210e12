"""A stand-in for an Isabelle process, for tests of the relay: it connects as `steps.ML` does.

It is no Isabelle: it proves nothing, misbehaves at will, and answers `{"tactic": TEXT}` by what TEXT says.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time


def main() -> None:
    if sys.argv[1:] == ["no-heap"]:
        sys.exit('*** Missing heap image for session "Prover_Base"')
    host, port = os.environ["PROVER_STEPS_ADDRESS"].split(":")
    with socket.create_connection((host, int(port))) as connection:
        stream = connection.makefile("rwb")
        secret = "wrong" if sys.argv[1:] == ["wrong-password"] else os.environ["PROVER_STEPS_PASSWORD"]
        _send(stream, secret.encode())
        while line := stream.readline():
            _answer(stream, json.loads(stream.read(int(line))))


def _answer(stream, request: dict) -> None:
    print("what a tactic prints is no reply")
    match request.get("tactic"):
        case "die":
            os._exit(3)
        case "hang":
            time.sleep(3600)
        case "chatter":
            stream.write(b"not a length\n")
            stream.flush()
        case "bytes":
            _send(stream, b'{"text": "\xff"}')
        case _:
            _send(stream, json.dumps({"echo": request}).encode())


def _send(stream, text: bytes) -> None:
    stream.write(b"%d\n%s" % (len(text), text))
    stream.flush()


main()
