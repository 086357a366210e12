"""The thread that raises Lean's cancel token when a request's time is over, alone, without Lean."""

from __future__ import annotations

import subprocess
from pathlib import Path

import prover.lean.embedded
from prover.lean.embedded.node import find_node

WATCHDOG = Path(prover.lean.embedded.__file__).with_name("watchdog.cjs")

HARNESS = """
const { Worker } = require("worker_threads");
const memory = { buffer: new SharedArrayBuffer(16) }, cell = 8, token = new Int32Array(memory.buffer);
const control = new Int32Array(new SharedArrayBuffer(12)), clock = new Int32Array(new SharedArrayBuffer(4));
new Worker(process.argv[1], { workerData: { memory, cell, control } }).unref();
const pause = (ms) => Atomics.wait(clock, 0, 0, ms);
const notify = () => Atomics.notify(control, 0);
const arm = (ms) => { token[2] = 1; control[1] = ms; Atomics.add(control, 0, 1); notify(); };
const disarm = (turn) => { Atomics.compareExchange(control, 0, turn, turn + 1); notify(); };
let early = 0, missed = 0;
for (let turn = 1; turn < 200; turn += 4) {
  arm(1000); pause(1); early += token[2] !== 1; disarm(turn);   // A quick request,
  arm(5);                                                       // and at once a long one.
  for (let i = 0; i < 1000 && Atomics.load(token, 2) !== 3; i++) pause(1);
  missed += Atomics.load(token, 2) !== 3;
  disarm(turn + 2);
}
console.log(early, missed);
process.exit(0);
"""


def test_a_request_right_after_another_has_its_time_limit_too() -> None:
    """The thread took the next request's turn for the one it knew, and waited for ever."""
    command = [str(find_node()), "-e", HARNESS, str(WATCHDOG)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["0", "0"]
