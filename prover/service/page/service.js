// The service's page: asks, follows a search live, shows what came of it. After tree.js.
// Whatever the service answers, it is only ever put in as text.
"use strict";

const byId = (id) => document.getElementById(id);
const statement = byId("statement");
const SECTIONS = ["failure", "result", "suggestions", "search"];

let running = null;
let tree = null;
let told = null;

// What hides or turns other text is made visible.
const DECEIVING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

function harmless(text) {
  return text.replace(DECEIVING, (one) => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

// Asking.

class Refusal extends Error {
  constructor(answer) {
    super(answer.message);
    this.answer = answer;
  }
}

async function ask(path, body, signal) {
  const headers = {};
  const token = sessionStorage.getItem("token");
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const options = { headers, signal, method: body ? "POST" : "GET", body: body && JSON.stringify(body) };
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({ kind: "http", message: `the service answers ${answer.status}`, messages: [] }));
  if (answer.status === 401) askForToken();
  if (answer.status === 429) told.message += ".";
  throw new Refusal(told);
}

function askForToken() {
  byId("access").hidden = false;
  byId("token").focus();
}

/** The events of an answer, as they come. */
async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const [name, data] = part.split("\n").map((line) => line.slice(line.indexOf(": ") + 2));
      yield [name, JSON.parse(data)];
    }
  }
}

// One thing at a time.

function say(text, busy = false) {
  byId("state").textContent = text;
  byId("state").classList.toggle("busy", busy);
}

function setBusy(busy) {
  for (const id of ["prove", "suggest", "verify"]) byId(id).disabled = busy;
  byId("stop").disabled = !busy;
}

/** Runs `work` with a signal that Stop aborts; shows what goes wrong. */
async function run(doing, work) {
  if (running || !byId("ask").reportValidity()) return;
  for (const id of SECTIONS) byId(id).hidden = true;
  running = new AbortController();
  setBusy(true);
  say(doing, true);
  try {
    await work(running.signal);
  } catch (error) {
    if (error.name === "AbortError") say("Stopped.");
    else fail(error);
  } finally {
    running = told = null;
    if (tree) tree.end();
    setBusy(false);
  }
}

function fail(error) {
  const answer = error instanceof Refusal ? error.answer : { message: `The service cannot be reached (${error.message}).`, messages: [] };
  say("");
  byId("reason").textContent = harmless(answer.message);
  byId("messages").replaceChildren(...(answer.messages || []).map(messageItem));
  show("failure");
}

function messageItem(message) {
  const item = element("li");
  const place = element("button", "", `line ${message.line}, column ${message.column + 1}`);
  place.type = "button";
  place.addEventListener("click", () => goTo(message));
  item.append(place, ` ${message.severity}`, element("pre", "", message.text));
  return item;
}

/** Puts the cursor where Lean points; columns count code points. */
function goTo(message) {
  const lines = statement.value.split("\n");
  const index = (line, column) => {
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return before + [...(lines[line - 1] || "")].slice(0, column).join("").length;
  };
  const start = index(message.line, message.column);
  const end = message.end_line ? index(message.end_line, message.end_column) : start + 1;
  statement.focus();
  statement.setSelectionRange(start, Math.max(end, start + 1));
}

function show(id) {
  const section = byId(id);
  section.hidden = false;
  const title = section.querySelector("h2[tabindex]");
  if (title) title.focus();
}

// A search.

async function prove(signal) {
  const seconds = byId("seconds").valueAsNumber;
  const budget = Number.isFinite(seconds) ? { wall_s: seconds } : {};
  const answer = await ask("v1/prove/stream", { statement: statement.value, budget }, signal);
  const before = { expansions: 0, steps: 0, open_goals: 0, lean_seconds: 0, elapsed_s: 0 };
  let ended = false;
  for await (const [name, data] of events(answer)) {
    if (name === "queued") say(data.ahead === 0 ? "Next in the queue." : `In the queue, ${data.ahead} before you.`, true);
    if (name === "start") begin(before);
    if (name === "progress") grow(data);
    if (name === "judging") {
      told = null;
      say("Found. The judge checks it from the start.", true);
    }
    if (name === "error") throw new Refusal(data);
    if (name === "result") {
      ended = true;
      finish(data);
    }
  }
  if (!ended) throw new Error("the connection ended");
}

function begin(figures) {
  tree = null;
  byId("tree").replaceChildren();
  byId("cut").textContent = "";
  showFigures(figures);
  say("Searching.", true);
  byId("search").hidden = false;
}

function grow(data) {
  showFigures(data);
  if (tree) tree.update(data.tree);
  else if (data.tree.states[0]) {
    tree = new Tree(data.tree, true);
    byId("tree").replaceChildren(tree.draw());
  }
  byId("cut").textContent = data.tree.cut ? `${data.tree.cut} states that were found late are not shown.` : "";
}

const FIGURES = [
  ["states expanded", (data) => data.expansions],
  ["tactics tried", (data) => data.steps],
  ["open states", (data) => data.open_goals],
  ["in Lean", (data) => `${data.lean_seconds.toFixed(1)} s`],
  ["in all", (data) => `${data.elapsed_s.toFixed(1)} s`],
];

function showFigures(data) {
  told = { ...data, at: performance.now() };
  const values = byId("figures").querySelectorAll("dd");
  FIGURES.forEach(([, value], index) => (values[index].textContent = value(data)));
}

/** A tactic may take seconds: the clock goes on meanwhile. */
function tick() {
  if (!running || !told) return;
  const elapsed_s = told.elapsed_s + (performance.now() - told.at) / 1000;
  byId("figures").querySelector("div:last-child > dd").textContent = FIGURES[4][1]({ elapsed_s });
}

const LIMITS = { expansions: "states", steps: "tactics", tokens: "model tokens", lean_s: "seconds of Lean", wall_s: "seconds" };

function outcome(data) {
  if (data.proved) return ["Proved", "A Lean 4 kernel accepts it."];
  if (data.outcome === "refused") return ["Not proved", "The judge refused what the search found."];
  if (data.outcome === "failed") return ["Not proved", `The model gives no answer: ${data.failure}`];
  if (data.outcome === "budget") return ["Not proved", `Not within ${data.budget[data.limit]} ${LIMITS[data.limit]}.`];
  return ["Not proved", "Nothing is left to try."];
}

function finish(data) {
  const [title, text] = outcome(data);
  if (tree && data.proved) {
    // Once more from the start: now the proof is known, and all of it stands open.
    tree = new Tree({ states: tree.states, cut: tree.cut });
    byId("tree").replaceChildren(tree.draw());
  }
  showVerdict(title, text, data.proved, data.verdict, data.proved ? data.proof : "");
  byId("costs").textContent = `Under the prelude ${data.prelude}; ${data.expansions} states expanded, ${data.steps} tactics tried, ${data.wall_seconds.toFixed(1)} s.`;
}

function showVerdict(title, text, good, verdict, proof) {
  say("");
  byId("result-title").textContent = title;
  byId("result-title").className = good ? "good" : verdict ? "refused" : "poor";
  const axioms = verdict && good ? ` Axioms: ${verdict.axioms.join(", ") || "none"}.` : "";
  byId("verdict").textContent = harmless(text + axioms);
  byId("proof-box").hidden = !proof;
  byId("proof").textContent = harmless(proof);
  byId("proof").dataset.text = proof;
  byId("rungs").replaceChildren(...(verdict ? verdict.rungs : []).map(rungItem));
  byId("costs").textContent = "";
  byId("copy").textContent = "Copy the proof";
  show("result");
}

function rungItem(rung) {
  const detail = rung.detail ? `: ${rung.detail}` : "";
  return element("li", rung.passed ? "passed" : "failed", `${rung.passed ? "✓" : "✗"} ${rung.name}${detail}`);
}

async function copy() {
  const text = byId("proof").dataset.text;
  try {
    await navigator.clipboard.writeText(text);
    byId("copy").textContent = "Copied";
  } catch {
    // Browsers give the clipboard to pages from this machine or with TLS only.
    getSelection().selectAllChildren(byId("proof"));
    byId("copy").textContent = "Selected; press Ctrl-C";
  }
}

// A proof that is there, and tactics.

async function verify(signal) {
  showVerified(await (await ask("v1/verify", { statement: statement.value }, signal)).json(), "");
}

function showVerified(data, script) {
  const { verdict } = data;
  const text = verdict.proved ? "A Lean 4 kernel accepts it." : verdict.reason;
  const whole = script && verdict.proved ? `${data.statement} := by\n  ${script.replaceAll("\n", "\n  ")}` : "";
  showVerdict(verdict.proved ? "The proof holds" : "The proof does not hold", text, verdict.proved, verdict, whole);
  byId("costs").textContent = `Under the prelude ${data.prelude}.`;
}

let taken = [];

async function suggest(signal) {
  const asked = { statement: statement.value, tactics: taken };
  const data = await (await ask("v1/suggest", asked, signal)).json();
  say("");
  byId("suggestions-title").textContent = taken.length ? "Next tactics" : "First tactics";
  byId("so-far").hidden = taken.length === 0;
  byId("script").textContent = harmless(taken.join("\n"));
  byId("here").textContent = harmless(data.goals.join("\n\n"));
  const works = data.suggestions.length ? "these work, the best first" : "none of them works";
  byId("suggestions-note").textContent = `${data.tried} tactics tried${data.cut ? " until time was up" : ""}; ${works}.`;
  byId("tactics").replaceChildren(...data.suggestions.map(suggestionItem));
  show("suggestions");
}

function suggestionItem(one) {
  const item = element("li");
  const head = element("div", "head");
  const take = element("button", "action", one.goals.length ? "Take it" : "Take it, and check");
  take.type = "button";
  take.setAttribute("aria-label", `Take ${one.tactic}`);
  take.addEventListener("click", () => step([...taken, one.tactic], one.goals.length === 0));
  head.append(element("code", "", harmless(one.tactic)), element("span", one.goals.length ? "does" : "does closes", one.label), take);
  item.append(head);
  if (one.goals.length) item.append(element("pre", "", harmless(one.goals.join("\n\n"))));
  return item;
}

function step(tactics, complete) {
  if (running) return;
  taken = tactics;
  run(complete ? "The judge reads the proof." : "Trying tactics.", complete ? verifyTaken : suggest);
}

async function verifyTaken(signal) {
  const proof = taken.join("\n");
  showVerified(await (await ask("v1/verify", { statement: statement.value, proof }, signal)).json(), proof);
}

// The start.

async function load() {
  try {
    const status = await (await ask("v1/status")).json();
    const where = status.model_server ? `goals are sent to ${status.model_server}` : "nothing leaves this machine";
    byId("about").textContent = `Prover ${status.version}, policy ${status.policy.join(" + ")}; ${where}.`;
    const most = status.limits.budget.wall_s;
    if (most) byId("seconds").max = Math.max(1, Math.floor(most));
    if (byId("seconds").valueAsNumber > most) byId("seconds").value = byId("seconds").max;
    if (status.theorems) await loadTheorems();
  } catch (error) {
    if (!(error instanceof Refusal && error.answer.kind === "unauthorized")) fail(error);
  }
}

async function loadTheorems() {
  const theorems = await (await ask("v1/theorems")).json();
  const known = new Map(theorems.map((one) => [one.name, one]));
  byId("theorems").replaceChildren(...theorems.map((one) => Object.assign(element("option"), { value: one.name })));
  byId("picker").hidden = false;
  byId("theorem").addEventListener("input", () => {
    const chosen = known.get(byId("theorem").value);
    if (!chosen) return;
    statement.value = chosen.statement;
    byId("informal").textContent = harmless(chosen.informal);
    changed();
  });
}

/** What was shown of the statement before does not belong to it any more. */
function changed() {
  byId("suggestions").hidden = true;
  statement.rows = Math.min(14, Math.max(4, statement.value.split("\n").length + 1));
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  run("Lean reads the statement.", prove);
});
byId("suggest").addEventListener("click", () => step([], false));
byId("back").addEventListener("click", () => step(taken.slice(0, -1), false));
byId("verify").addEventListener("click", () => run("The judge reads the proof.", verify));
byId("stop").addEventListener("click", () => running && running.abort());
byId("copy").addEventListener("click", copy);
byId("token").addEventListener("change", () => {
  sessionStorage.setItem("token", byId("token").value);
  byId("access").hidden = true;
  load();
});
statement.addEventListener("input", () => {
  byId("theorem").value = "";
  byId("informal").textContent = "";
  changed();
});
statement.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("ask").requestSubmit();
});
for (const [name] of FIGURES) {
  const figure = element("div");
  figure.append(element("dt", "", name), element("dd"));
  byId("figures").append(figure);
}
setInterval(tick, 500);
load();
