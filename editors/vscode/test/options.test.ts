// The parts that need no editor: `npm test`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { commandLine, failureMessage, type Settings, statusText } from "../src/options";

const plain: Settings = { command: ["prover"], policy: "", server: "", budget: "", codeLens: true, hover: true };

test("settings that are empty leave the choice to the server", () => {
  assert.deepEqual(commandLine(plain), { command: "prover", args: ["lsp"] });
});

test("each setting is an option of the server's command line", () => {
  const chosen = {
    command: ["python", "-m", "prover"],
    policy: " portfolio ",
    server: "http://localhost:8000",
    budget: "wall_s=5",
    codeLens: false,
    hover: false,
  };
  assert.deepEqual(commandLine(chosen), {
    command: "python",
    args: [
      ..."-m prover lsp --policy portfolio --server http://localhost:8000 --budget wall_s=5".split(" "),
      "--no-code-lens",
      "--no-hover",
    ],
  });
});

test("a command with nothing in it is refused with the way out", () => {
  assert.throws(() => commandLine({ ...plain, command: ["", " "] }), /prover\.command is empty/);
});

test("a program that is not there is told from one that ends", () => {
  assert.match(failureMessage(plain, "spawn prover ENOENT"), /pip install 'prover\[editor\]'/);
  assert.match(failureMessage(plain, "exit code 3"), /prover lsp ended: exit code 3/);
});

test("the status item warns only where the server does not start", () => {
  assert.equal(statusText("failed", "no Lean").warning, true);
  assert.match(statusText("failed", "no Lean").tooltip, /no Lean/);
  for (const state of ["starting", "running", "stopped"] as const) {
    assert.equal(statusText(state).warning, false);
    assert.match(statusText(state).text, /Prover$/);
  }
});

test("every setting that is read is declared, and every declared command is registered", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const declared = Object.keys(manifest.contributes.configuration.properties);
  assert.deepEqual(declared.sort(), Object.keys(plain).map((name) => `prover.${name}`).sort());
  const source = readFileSync("src/extension.ts", "utf8");
  for (const { command } of manifest.contributes.commands) {
    assert.ok(source.includes(`registerCommand("${command}"`), command);
  }
});
