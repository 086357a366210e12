// Serves the REPL of `lean_project/Prover/Repl` on stdin and stdout: one JSON request, a blank line; the same back.
//
// A request may carry "timeoutMs": past it the elaborator is asked to stop, and the process lives on.
// What the wasm machine itself refuses (a stack or memory overrun) is an error reply too.
//   node serve.cjs '{"script", "wasm", "lib", "build", "modules": [modules whose code to load]}'
"use strict";
const fs = require("fs");
const path = require("path");
const { Worker } = require("worker_threads");
const { boot, importHeader, addCode, evalConst } = require("./runtime.cjs");

const config = JSON.parse(process.argv[2]);
const CHUNK_BYTES = 1 << 16;

/** Asks Lean to stop when a request's time is over. It waits in another thread, and polls nothing. */
class Watchdog {
  constructor(memory, cell) {
    this.cell = cell;
    this.control = new Int32Array(new SharedArrayBuffer(12));
    const workerData = { memory, cell, control: this.control };
    new Worker(path.join(__dirname, "watchdog.cjs"), { workerData }).unref();
  }
  arm(ms) {
    HEAP32[this.cell >> 2] = 1; // `false`, boxed
    this.control[1] = ms;
    this.turn = Atomics.add(this.control, 0, 1) + 1;
    Atomics.notify(this.control, 0);
  }
  /** True when the time was over. */
  disarm() {
    const fired = Atomics.compareExchange(this.control, 0, this.turn, this.turn + 1) !== this.turn;
    if (fired) Atomics.wait(this.control, 2, this.turn - 1, 1000);
    Atomics.notify(this.control, 0);
    HEAP32[this.cell >> 2] = 1;
    return fired;
  }
}

/** Requests of stdin: the lines up to a blank one, right-trimmed and joined. Comments get no reply. */
function* requests() {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let pending = [];
  let lines = [];
  for (;;) {
    const n = fs.readSync(0, chunk);
    if (n === 0) return;
    let start = 0;
    for (let end; (end = chunk.subarray(0, n).indexOf(10, start)) >= 0; start = end + 1) {
      pending.push(Buffer.from(chunk.subarray(start, end)));
      const line = Buffer.concat(pending).toString("utf8").trimEnd();
      pending = [];
      if (line !== "") lines.push(line);
      else {
        const request = lines.join("");
        lines = [];
        if (!request.startsWith("#") && !request.startsWith("--")) yield request;
      }
    }
    pending.push(Buffer.from(chunk.subarray(start, n)));
  }
}

function timeout(request) {
  const match = /"timeoutMs"\s*:\s*(\d+)/.exec(request);
  return match ? Number(match[1]) : 0;
}

function send(text) {
  const bytes = Buffer.from(text + "\n\n");
  for (let sent = 0; sent < bytes.length; ) sent += fs.writeSync(1, bytes, sent);
}

function main(lean) {
  const { wasm } = lean;
  let env = importHeader(lean, "import Lean");
  for (const module of config.modules) env = addCode(lean, env, `/build/${module.replaceAll(".", "/")}.code`);
  const token = lean.keep(wasm.lean_st_mk_ref(lean.box(0)));
  const server = lean.keep(lean.io(wasm.lean_apply_2(evalConst(lean, env, "Prover.Repl.server"), token, lean.box(0))));
  const reply = evalConst(lean, env, "Prover.Repl.reply");
  const watchdog = new Watchdog(wasmMemory, token + 8);
  const stack = wasm.emscripten_stack_get_current();
  for (const request of requests()) {
    const ms = timeout(request);
    if (ms > 0) watchdog.arm(ms);
    let text;
    try {
      text = lean.text(lean.io(wasm.lean_apply_3(reply, server, lean.string(request), lean.box(0))));
    } catch (error) {
      wasm._emscripten_stack_restore(stack);
      const message = `Lean error:\n${lean.describe(error)}`;
      text = JSON.stringify({ message, kind: "crash" });
    }
    if (ms > 0) watchdog.disarm();
    send(text);
  }
  process.exit(0);
}

const mounts = { "/toolchain/lib/lean": config.lib, "/build": config.build };
boot({ ...config, mounts, searchPath: ["/build"] }, main);
