// Boots Lean's wasm build inside Node and gives the few operations on Lean objects that the loaders need.
//
// Lean's own `main` is not used: it mounts the host's home and temporary folders, and it imports in a
// worker thread, whose every file call is served by the main thread in slices (20 s for `import Lean`,
// against 1.3 s here). Instead the runtime is initialised and called directly, on the main thread.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");
const worker_threads = require("worker_threads");

// The build's own stack is 64 KiB and grows down into static data without a check.
const STACK_BYTES = 128 << 20;
const THREAD_STACK_MB = 64;
const TRUST_LEVEL = 1024;
const ARRAY_TAG = 246;
const STRING_TAG = 249;
const HEADER_BYTES = 8;
const EACCES = 2; // As WASI numbers it.
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
const IMPORT_TRACE = /^(\[DEBUG:|  - \/toolchain\/|  mainModule\? = )/; // Of every import: it would crowd out what matters.

/** A Lean exception or failed `IO`, with Lean's own text. */
class LeanError extends Error {}

/** Evaluate the slim script and call `main(lean)` when Lean is initialised. */
function boot(config, main) {
  Object.assign(globalThis, { require, __filename: config.script, __dirname: path.dirname(config.script) });
  console.log = () => {}; // The build traces its start there; stdout carries replies and nothing else.
  process.env.PROVER_LEAN_SCRIPT = config.script; // For thread.cjs.
  worker_threads.Worker = class extends worker_threads.Worker {
    constructor(file, options) {
      super(file, { ...options, resourceLimits: { stackSizeMb: THREAD_STACK_MB } });
    }
  };
  // The file system layer asks Node for its open flags by an interface that the sandbox closes.
  process.binding = () => ({ fs: fs.constants });
  globalThis.Module = {
    noInitialRun: true,
    thisProgram: "/toolchain/bin/lean",
    locateFile: () => config.wasm,
    mainScriptUrlOrBlob: path.join(__dirname, "thread.cjs"),
    preRun: [() => FS.init(() => null, () => {}, lineWriter(2)), () => mount(config.mounts)],
    onRuntimeInitialized: () => main(initialise(config)),
  };
  vm.runInThisContext(fs.readFileSync(config.script, "utf8"), { filename: config.script });
}

/** Collects bytes and writes them to a descriptor line by line. Stdout is not Lean's to write: it carries replies. */
function lineWriter(descriptor) {
  let line = [];
  return (byte) => {
    if (byte === null) return;
    line.push(byte);
    if (byte !== 10) return;
    const bytes = Buffer.from(line);
    if (!IMPORT_TRACE.test(bytes.toString())) writeAll(descriptor, bytes);
    line = [];
  };
}

/** Write it all, and wait where the reader is slow: Node makes pipes refuse what does not fit in at once. */
function writeAll(descriptor, bytes) {
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += fs.writeSync(descriptor, bytes, sent);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}

function mount(mounts) {
  // Node's refusals have a code of their own; without a number for it a refused `open` would give descriptor 0.
  const number = NODEFS.convertNodeCode;
  NODEFS.convertNodeCode = (error) => number(error) ?? EACCES;
  for (const [inside, outside] of Object.entries(mounts)) {
    FS.mkdirTree(inside);
    FS.mount(NODEFS, { root: outside }, inside);
  }
}

function initialise(config) {
  const wasm = wasmExports;
  const bottom = wasm.malloc(STACK_BYTES);
  const top = (bottom + STACK_BYTES) & ~15;
  wasm.emscripten_stack_set_limits(top, bottom);
  wasm._emscripten_stack_restore(top);
  const lean = objects(wasm);
  wasm.lean_initialize();
  wasm.lean_io_mark_end_initialization();
  wasm.lean_init_task_manager_using(1);
  wasm.lean_enable_initializer_execution();
  const searchPath = config.searchPath.reduceRight((rest, dir) => lean.ctor(1, lean.string(dir), rest), lean.box(0));
  lean.io(wasm.l_Lean_initSearchPath(lean.string("/toolchain"), searchPath));
  return lean;
}

/** Lean objects by address: see `lean.h` of the runtime for their layout (32-bit words). */
function objects(wasm) {
  // Memory grows under us, and a view made before does not reach what came after.
  const heap = () => (growMemViews(), HEAP32);
  const word = (address) => heap()[address >> 2];
  const isScalar = (object) => (object & 1) === 1;
  const lean = {
    wasm,
    box: (n) => (n << 1) | 1,
    tag: (object) => (growMemViews(), HEAPU8[object + 7]),
    field: (object, i) => word(object + HEADER_BYTES + 4 * i),
    /** Keep an object for good: callers of this module are few and long-lived. */
    keep(object) {
      if (!isScalar(object) && word(object) > 0) heap()[object >> 2] += 1 << 20;
      return object;
    },
    string(text) {
      const bytes = lengthBytesUTF8(text) + 1;
      const buffer = wasm.malloc(bytes);
      stringToUTF8(text, buffer, bytes);
      const object = wasm.lean_mk_string(buffer);
      wasm.free(buffer);
      return object;
    },
    text: (object) => (lean.tag(object) === STRING_TAG ? UTF8ToString(object + HEADER_BYTES + 12) : ""),
    name: (dotted) => wasm.l_String_toName(lean.string(dotted)),
    ctor(tag, ...fields) {
      const bytes = HEADER_BYTES + 4 * fields.length;
      const object = allocate(bytes, fields.length, tag);
      fields.forEach((field, i) => (heap()[(object + HEADER_BYTES + 4 * i) >> 2] = field));
      return object;
    },
    emptyArray() {
      const object = allocate(HEADER_BYTES + 8, 0, ARRAY_TAG);
      heap()[(object + 8) >> 2] = 0;
      heap()[(object + 12) >> 2] = 0;
      return object;
    },
    /** The global constant of this name. */
    constant: (symbol) => word(wasm[symbol].value),
    /** The value of an `IO` result. Throws `LeanError` where it is an error. */
    io(result) {
      if (isScalar(result)) return result;
      if (lean.tag(result) === 0) return lean.field(result, 0);
      throw new LeanError(lean.text(wasm.lean_io_error_to_string?.(lean.field(result, 0)) ?? 0) || "Lean failed");
    },
    *list(object) {
      for (; !isScalar(object); object = lean.field(object, 1)) yield lean.field(object, 0);
    },
    /** What a caught value says: Lean's C++ exceptions arrive as their address. */
    describe(error) {
      if (error instanceof RangeError) return "deep recursion: the stack is used up";
      if (typeof error !== "number") return String(error?.message ?? error);
      growMemViews();
      return UTF8ToString(HEAPU32[(error + 8) >> 2]) || "C++ exception";
    },
  };
  function allocate(bytes, fields, tag) {
    const object = wasm.lean_alloc_object((bytes + 7) & ~7);
    growMemViews();
    HEAP32[object >> 2] = 1;
    HEAPU16[(object + 4) >> 1] = (bytes + 7) & ~7;
    HEAPU8[object + 6] = fields;
    HEAPU8[object + 7] = tag;
    return object;
  }
  return lean;
}

/** `importModules` of a header's text. */
function importHeader(lean, header) {
  const { wasm } = lean;
  const parsed = lean.io(wasm.l_Lean_parseImports_x27(lean.string(header), lean.box(0)));
  const privateLevel = 2;
  const noArtifacts = lean.box(1);
  const loadExtensions = 1;
  const leakEnvironment = 1;
  return lean.keep(
    lean.io(
      wasm.l_Lean_importModules(
        lean.keep(lean.field(parsed, 0)), lean.box(0), TRUST_LEVEL, lean.emptyArray(),
        leakEnvironment, loadExtensions, privateLevel, noArtifacts,
      ),
    ),
  );
}

/** `env` with compiled code (`Array`s of the interpreter's declarations) that `compile.cjs` saved. */
function addCode(lean, env, file) {
  const { wasm } = lean;
  const data = lean.io(wasm.l_Lean_readModuleData(lean.string(file)));
  const extension = lean.keep(lean.constant("l_Lean_IR_declMapExt"));
  for (const decl of lean.list(lean.field(data, 0))) {
    lean.keep(decl);
    env = wasm.l_Lean_PersistentEnvExtension_addEntry___redArg(extension, env, decl, lean.box(0), lean.box(0));
  }
  return lean.keep(env);
}

/** The interpreted definition `name` of `env`, as a closure. */
function evalConst(lean, env, name) {
  const result = lean.wasm.lean_eval_const(env, lean.box(0), lean.name(name));
  if (lean.tag(result) !== 1) throw new LeanError(lean.text(lean.field(result, 0)));
  return lean.keep(lean.field(result, 0));
}

module.exports = { boot, importHeader, addCode, evalConst, writeAll, LeanError, TRUST_LEVEL };
