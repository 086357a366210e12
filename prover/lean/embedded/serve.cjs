// Serves the REPL of `lean_project/Prover/Repl` on stdin and stdout: one JSON request, a blank line; the same back.
//
// A request may carry "timeoutMs": past it the elaborator is asked to stop, and the process lives on.
// What the wasm machine itself refuses (a stack or memory overrun) is an error reply too; where nothing
// can be trusted after it, the process ends behind the reply.
//   node serve.cjs '{"script", "wasm", "lib", "build", "modules": [modules whose code to load]}'
// Optional: "work", a folder that "path" requests are relative to (Lean sees it as /project), and
// "scratch", a folder for pickles (/scratch). What may be read and written there is Node's to say.
"use strict";
const fs = require("fs");
const path = require("path");
const { Worker } = require("worker_threads");
const { boot, importHeader, addCode, evalConst, writeAll, LeanError } = require("./runtime.cjs");

const config = JSON.parse(process.argv[2]);
const CHUNK_BYTES = 1 << 16;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_DEPTH = 1000;
const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\[]{}'].map((c) => c.charCodeAt(0));

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
    for (let seen; fired && (seen = Atomics.load(this.control, 2)) !== this.turn; ) {
      Atomics.wait(this.control, 2, seen, 1000); // The token is being raised: not after we lower it.
    }
    Atomics.notify(this.control, 0);
    HEAP32[this.cell >> 2] = 1;
    return fired;
  }
}

/** Lines of stdin, right-trimmed; the last one may lack its end. */
function* lines() {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let pending = [];
  const take = () => {
    const line = Buffer.concat(pending).toString("utf8").trimEnd();
    pending = [];
    return line;
  };
  for (;;) {
    const n = fs.readSync(0, chunk);
    if (n === 0) break;
    let start = 0;
    for (let end; (end = chunk.subarray(0, n).indexOf(10, start)) >= 0; start = end + 1) {
      pending.push(Buffer.from(chunk.subarray(start, end)));
      yield take();
    }
    pending.push(Buffer.from(chunk.subarray(start, n)));
  }
  yield take();
}

/** Requests: the lines up to a blank one or the end, joined. Comments and blank lines in between are none. */
function* requests() {
  let request = [];
  const whole = () => {
    const text = request.join("");
    request = [];
    return text.startsWith("#") || text.startsWith("--") ? "" : text;
  };
  for (const line of lines()) {
    if (line !== "") request.push(line);
    else if (request.length > 0) {
      const text = whole();
      if (text !== "") yield text;
    }
  }
  const text = whole();
  if (text !== "") yield text;
}

function timeout(request) {
  const match = /"timeoutMs"\s*:\s*(\d+)/.exec(request);
  return match ? Math.min(Number(match[1]), MAX_TIMEOUT_MS) : 0;
}

/** A reply of ours, in Lean's stead, to a request. */
function ownReply(request, fields) {
  const match = /^\{"requestId":"([^"\\]*)"/.exec(request);
  return JSON.stringify(match ? { ...fields, requestId: match[1] } : fields);
}

function send(text) {
  writeAll(1, Buffer.from(text + "\n\n"));
}

/**
 * Whether Lean's heap cannot be trusted after `error`: its own exit (no memory left), a trap, or an overrun
 * of the stack, which can strike inside the allocator. Lean's errors and C++ exceptions do no harm.
 */
function isFatal(error) {
  return typeof error !== "number" && !(error instanceof LeanError);
}

/** Whether a request is nested deeper than Lean's recursive reader should see. */
function tooDeep(request) {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < request.length; i++) {
    const c = request.charCodeAt(i);
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === OPEN_ARRAY || c === OPEN_OBJECT) {
      if (++depth > MAX_DEPTH) return true;
    } else if (c === CLOSE_ARRAY || c === CLOSE_OBJECT) depth--;
  }
  return false;
}

function main(lean) {
  const { wasm } = lean;
  if (config.work || config.scratch) FS.chdir(config.work ? "/project" : "/scratch");
  let env = importHeader(lean, "import Lean");
  for (const module of config.modules) env = addCode(lean, env, `/build/${module.replaceAll(".", "/")}.code`);
  const token = lean.keep(wasm.lean_st_mk_ref(lean.box(0)));
  const server = lean.keep(lean.io(wasm.lean_apply_2(evalConst(lean, env, "Prover.Repl.server"), token, lean.box(0))));
  const reply = evalConst(lean, env, "Prover.Repl.reply");
  const watchdog = new Watchdog(wasmMemory, token + 8);
  const stack = wasm.emscripten_stack_get_current();
  for (const request of requests()) {
    if (tooDeep(request)) {
      send(ownReply(request, { message: "Could not parse JSON:\nit is nested too deeply" }));
      continue;
    }
    const ms = timeout(request);
    if (ms > 0) watchdog.arm(ms);
    let text;
    let over = false;
    try {
      text = lean.text(lean.io(wasm.lean_apply_3(reply, server, lean.string(request), lean.box(0))));
    } catch (error) {
      wasm._emscripten_stack_restore(stack);
      over = isFatal(error);
      const message = `Lean error:\n${lean.describe(error)}`;
      text = ownReply(request, { message, kind: "crash" });
    }
    if (ms > 0) watchdog.disarm();
    send(text);
    if (over) process.exit(1);
  }
  process.exit(0);
}

const mounts = { "/toolchain/lib/lean": config.lib, "/build": config.build };
if (config.work) mounts["/project"] = config.work;
if (config.scratch) mounts["/scratch"] = config.scratch;
boot({ ...config, mounts, searchPath: ["/build"] }, main);
