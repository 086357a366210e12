"""A stand-in for `isabelle server`, for tests: its protocol with every trap, and no Isabelle behind it.

It proves nothing. `use_theories` reads the theory file and answers by the first word of the form `stand_in_…`
in it (see `_Node`). Framing, replies, error shapes and the rule that a task belongs to its connection are
those of the System Manual, chapter 4, and of `src/Pure/Tools/server.scala`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import uuid
from pathlib import Path

from isabelle_verdicts import RECORDED

COMMANDS = (
    "cancel echo help purge_theories session_build session_start session_stop shutdown use_theories".split()
)
PASSWORD = str(uuid.uuid4())
SESSIONS: set[str] = set()
LOADED: dict[str, set[str]] = {}


class Bad(Exception):
    """A command that is answered by ERROR with this argument."""


async def main(name: str) -> None:
    server = await asyncio.start_server(lambda r, w: Client(r, w).serve(), "127.0.0.1", 0, limit=1 << 28)
    port = server.sockets[0].getsockname()[1]
    print(f'server "{name}" = 127.0.0.1:{port} (password "{PASSWORD}")', flush=True)
    await server.serve_forever()


class Client:
    """One connection. Its tasks die with it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.tasks: dict[str, asyncio.Task] = {}

    async def serve(self) -> None:
        if (await self.reader.readline()).strip() != PASSWORD.encode():
            self.writer.close()
            return
        self.send("OK", {"isabelle_id": "stand-in", "isabelle_name": "stand-in for Isabelle"})
        while (text := await self.read()) is not None:
            await self.answer(text)
        for task in self.tasks.values():
            task.cancel()

    async def read(self) -> str | None:
        line = await self.reader.readline()
        if not line:
            return None
        line = line.rstrip(b"\r\n")
        if line.isdigit():
            line = await self.reader.readexactly(int(line))
        return line.decode()

    def send(self, name: str, argument: object = None) -> None:
        text = name if argument is None else f"{name} {json.dumps(argument, ensure_ascii=False)}"
        data = text.encode()
        if len(data) > 100 or b"\n" in data:
            self.writer.write(b"%d\n%s\n" % (len(data) + 1, data))
        else:
            self.writer.write(data + b"\n")

    async def answer(self, text: str) -> None:
        name = re.match(r"[A-Za-z0-9_.]*", text)[0]
        raw = text[len(name) :].strip()
        if not name:
            self.send("NOTE", "Command 'help' provides list of commands")
            return
        try:
            if name not in COMMANDS:
                raise Bad(f"Bad command '{name}'")
            try:
                argument = json.loads(raw) if raw else None
            except ValueError:
                raise Bad(_bad(f"Malformed argument for command '{name}'", raw)) from None
            await self.command(name, argument, raw)
        except Bad as error:
            self.send("ERROR", error.args[0])

    async def command(self, name: str, argument, raw: str) -> None:
        match name:
            case "help":
                self.send("OK", COMMANDS)
            case "echo":
                self.send("OK", argument)
            case "shutdown":
                self.send("OK")
                self.writer.close()
            case "cancel":
                task = self.tasks.get(_field(argument, "task", name, raw))
                if task is not None:
                    task.cancel()
                self.send("OK")
            case "purge_theories":
                self.purge(argument, raw)
            case _:
                self.begin(name, argument, raw)

    def purge(self, argument, raw: str) -> None:
        session = _field(argument, "session_id", "purge_theories", raw)
        if session not in SESSIONS:
            raise Bad({"kind": "error", "message": f"No session '{session}'"})
        loaded = LOADED[session]
        gone = [name for name in argument.get("theories", []) if name in loaded]
        loaded.difference_update(gone)
        nodes = [{"node_name": f"{name}.thy", "theory_name": f"Draft.{name}"} for name in gone]
        self.send("OK", {"purged": nodes, "retained": []})

    def begin(self, name: str, argument, raw: str) -> None:
        wanted = {"use_theories": "session_id", "session_stop": "session_id"}.get(name, "session")
        _field(argument, wanted, name, raw)
        ident = str(uuid.uuid4())
        self.send("OK", {"task": ident})
        self.tasks[ident] = asyncio.create_task(self.task(ident, name, argument))

    async def task(self, ident: str, name: str, argument: dict) -> None:
        own = {"task": ident}
        try:
            if name == "use_theories":
                await self.use_theories(argument, own)
            elif name == "session_start":
                self.session_start(argument, own)
            elif name == "session_stop":
                SESSIONS.discard(argument["session_id"])
                self.send("FINISHED", {"ok": True, "return_code": 0} | own)
            else:
                self.send("FAILED", _failed("Session build failed: return code 1") | {"ok": False} | own)
        except asyncio.CancelledError:
            self.send("FAILED", _failed("Interrupt") | own)

    def session_start(self, argument: dict, own: dict) -> None:
        if argument["session"] == "No_Such_Session":
            self.send("FAILED", _failed('Undefined session(s): "No_Such_Session"') | own)
            return
        session = str(uuid.uuid4())
        SESSIONS.add(session)
        LOADED[session] = set()
        note = {"kind": "writeln", "message": "Starting session ...", "verbose": "false"}
        self.send("NOTE", note | own)
        self.send("FINISHED", {"session_id": session, "tmp_dir": "/nowhere"} | own)

    async def use_theories(self, argument: dict, own: dict) -> None:
        session, name = argument["session_id"], argument["theories"][0]
        if session not in SESSIONS:
            self.send("FAILED", _failed(f"No session '{session}'") | own)
            return
        if name in LOADED[session]:
            self.send(
                "FAILED", _failed(f"stale theory {name}: a real session would not check it again") | own
            )
            return
        LOADED[session].add(name)
        text = Path(argument["master_dir"], f"{name}.thy").read_text()
        if not Path(argument["master_dir"], "judge.ML").is_file():
            self.send("FAILED", _failed("judge.ML does not lie beside the theory") | own)
            return
        found = re.search(r"stand_in_(\w+)", text)
        self.send("NOTE", {"kind": "nodes_status", "nodes_status": []})
        mark = re.search(r"prover_verdict:\w+:", text)
        await self.behave(found[1] if found else "silent", name, mark[0] if mark else "", own)

    async def behave(self, what: str, name: str, mark: str, own: dict) -> None:
        if what == "hangs":
            await asyncio.sleep(3600)
        if what == "deaf":
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    continue
        if what == "dies":
            sys.exit(1)
        if what == "garbage":
            self.writer.write(b"77\nnot so many bytes")
            self.writer.close()
            return
        node = _node(what, name, mark)
        ok = node["status"]["ok"]
        errors = [m for m in node["messages"] if m["kind"] == "error"]
        self.send("FINISHED", {"ok": ok, "errors": errors, "nodes": [node]} | own)


def _node(what: str, name: str, mark: str) -> dict:
    """A theory's node: `stopped` and `running` are finished by a limit, with `ok`; others as recorded.

    `forges` prints an honest proof's report, without the mark and with it, before the theory's own; `poses`
    prints one without the mark, and the theory none. `tells` says which variables it has.
    """
    status = {"ok": True, "total": 9, "unprocessed": 0, "running": 0, "warned": 0, "failed": 0}
    status |= {"finished": 9, "canceled": False, "consolidated": True, "percentage": 100}
    messages = []
    if what == "stopped":
        status |= {"unprocessed": 3, "finished": 6, "consolidated": False, "percentage": 66}
    elif what == "running":
        status |= {"running": 1, "finished": 8, "consolidated": False, "percentage": 99}
    elif what == "fails":
        status |= {"ok": False, "failed": 1, "finished": 8}
        place = {"line": 12, "offset": 200, "end_offset": 202, "file": f"{name}.thy"}
        messages = [{"kind": "error", "message": "Failed to finish proof", "pos": place}]
    elif what == "tells":
        status |= {"ok": False, "failed": 1, "finished": 8}
        messages = [{"kind": "error", "message": " ".join(os.environ)}]
    elif what == "poses":
        messages = [_report("prover_verdict:", "honest")]
    elif what == "forges":
        messages = [_report("prover_verdict:", "honest"), _report(mark, "honest"), _report(mark, "cheat_tac")]
    elif what in RECORDED:
        messages = [{"kind": "writeln", "message": "theorem recorded"}, _report(mark, what)]
    nodes = {"node_name": f"{name}.thy", "theory_name": f"Draft.{name}"}
    return nodes | {"status": status, "messages": messages, "exports": []}


def _report(mark: str, what: str) -> dict:
    return {"kind": "writeln", "message": mark + json.dumps(RECORDED[what])}


def _failed(message: str) -> dict:
    return {"kind": "error", "message": message}


def _bad(message: str, raw: str) -> dict:
    return {"kind": "error", "message": message, "argument": raw}


def _field(argument, key: str, command: str, raw: str) -> str:
    if not isinstance(argument, dict) or not isinstance(argument.get(key), str):
        raise Bad(_bad(f"Bad argument for command '{command}'", raw))
    return argument[key]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[sys.argv.index("-n") + 1]))
