// Compiles modules of `lean_project`: for each an `.olean`, and beside it a `.code` with its compiled code.
//
// The library is loaded without the code of its functions, so an `.olean` of this Lean stores none
// either; the interpreter is given it from the `.code` file instead.
//   node compile.cjs '{"script", "wasm", "lib", "sources", "out", "modules": ["Prover.Core", …]}'
"use strict";
const fs = require("fs");
const { boot, TRUST_LEVEL } = require("./runtime.cjs");

const config = JSON.parse(process.argv[2]);
const PRIVATE_LEVEL = 2;

/** Elaborate one file on this thread. Prints its messages; returns its environment, or null on an error. */
function elaborate(lean, module) {
  const { wasm, keep } = lean;
  const file = `${config.sources}/${module.replaceAll(".", "/")}.lean`;
  const text = fs.readFileSync(file, "utf8");
  const input = keep(
    wasm.l_Lean_Parser_mkInputContext___redArg(lean.string(text), lean.string(file), 1, lean.box(Buffer.byteLength(text))),
  );
  const parsed = lean.io(wasm.l_Lean_Parser_parseHeader(input));
  const rest = keep(lean.field(keep(parsed), 1));
  const header = lean.io(
    wasm.l_Lean_Elab_processHeader(
      keep(lean.field(parsed, 0)), lean.box(0), keep(lean.field(rest, 1)), input,
      TRUST_LEVEL, lean.emptyArray(), 0, lean.name(module),
    ),
  );
  const state = wasm.l_Lean_Elab_Command_mkState(keep(lean.field(keep(header), 0)), keep(lean.field(header, 1)), lean.box(0));
  const end = lean.io(wasm.l_Lean_Elab_IO_processCommands(input, keep(lean.field(rest, 0)), state));
  const final = keep(lean.field(keep(end), 0));
  const ok = report(lean, keep(lean.field(final, 1)));
  return ok ? keep(lean.field(final, 0)) : null;
}

function report(lean, log) {
  const failed = lean.wasm.l_Lean_MessageLog_hasErrors(log) !== 0;
  for (const message of lean.list(lean.keep(lean.wasm.l_Lean_MessageLog_toList(log)))) {
    const result = lean.wasm.l_Lean_Message_toString(lean.keep(message), 0);
    growMemViews();
    fs.writeSync(2, lean.text(result) || lean.text(lean.field(result, 0)));
  }
  return !failed;
}

function save(lean, module, env) {
  const { wasm } = lean;
  const file = `/out/${module.replaceAll(".", "/")}`;
  FS.mkdirTree(file.slice(0, file.lastIndexOf("/")));
  const data = lean.io(wasm.l_Lean_mkModuleData(env, PRIVATE_LEVEL));
  lean.io(wasm.l_Lean_saveModuleData(lean.string(`${file}.olean`), lean.name(module), data));
  const code = wasm.l_Lean_IR_getDecls(lean.keep(env));
  lean.io(wasm.l_Lean_saveModuleData(lean.string(`${file}.code`), lean.name(module), code));
}

function main(lean) {
  for (const module of config.modules) {
    let env = null;
    try {
      env = elaborate(lean, module);
      if (env !== null) save(lean, module, env);
    } catch (error) {
      fs.writeSync(2, `${module}: ${lean.describe(error)}\n`);
      env = null;
    }
    if (env === null) process.exit(1);
    fs.writeSync(1, `${module}\n`);
  }
  process.exit(0);
}

boot({ ...config, mounts: { "/toolchain/lib/lean": config.lib, "/out": config.out }, searchPath: ["/out"] }, main);
