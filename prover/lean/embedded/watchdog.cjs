// The thread that raises Lean's cancel token when a request's time is over. See `Watchdog` in serve.cjs.
"use strict";
const { workerData } = require("worker_threads");
const { memory, cell, control } = workerData;
const TRUE = 3; // boxed

for (;;) {
  const turn = Atomics.load(control, 0);
  if (turn % 2 === 0) {
    Atomics.wait(control, 0, turn); // Disarmed.
    continue;
  }
  if (Atomics.wait(control, 0, turn, control[1]) !== "timed-out") continue;
  if (Atomics.compareExchange(control, 0, turn, turn + 1) !== turn) continue;
  Atomics.store(new Int32Array(memory.buffer), cell >> 2, TRUE);
  Atomics.store(control, 2, turn);
  Atomics.notify(control, 2);
}
