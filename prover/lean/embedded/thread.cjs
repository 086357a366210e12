// The entry of Lean's worker threads: the same script, told by Emscripten what to run.
// Lean starts one only where a tactic spawns tasks (`exact?`); everything else runs on the main thread.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const script = process.env.PROVER_LEAN_SCRIPT;
Object.assign(globalThis, { require, __filename, __dirname: path.dirname(script), Module: {} });
console.log = () => {};
process.binding = () => ({ fs: fs.constants });
vm.runInThisContext(fs.readFileSync(script, "utf8"), { filename: script });
