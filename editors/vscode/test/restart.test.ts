// What becomes of servers when settings change at a bad moment, without an editor: `npm test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import type { ExtensionContext } from "vscode";

import { activate } from "../src/extension";
import { clients, State } from "./client_stand_in";
import { changeSetting } from "./vscode_stand_in";

const states = (): string[] => clients.map((one) => State[one.state]);

async function proceed(...numbers: number[]): Promise<void> {
  for (const number of numbers) {
    await setImmediate();
    clients[number]?.proceed();
  }
  await setImmediate();
}

test("a setting that changes at any moment leaves one server", async () => {
  void activate({ subscriptions: [] } as unknown as ExtensionContext);
  changeSetting();
  await proceed(0, 1, 0);
  assert.deepEqual(states(), ["Stopped", "Running"], "changed while the first was starting");

  changeSetting();
  changeSetting();
  await proceed(2, 1);
  assert.deepEqual(states(), ["Stopped", "Stopped", "Running"], "changed again while the second was stopping");
});
