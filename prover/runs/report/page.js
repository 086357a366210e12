// The list (search, sort, links into it) and the search trees, unpacked when they are opened.
// Whatever a run's text says, it is only ever put in as text.
"use strict";

const byId = (id) => document.getElementById(id);
const list = byId("list");
const theorems = [...list.children];

// The list.

const texts = new Map();

function textOf(theorem) {
  if (!texts.has(theorem)) {
    const parts = theorem.querySelectorAll(".name, .outcome, .tag, .inside > .note, .inside > pre, .proof > pre");
    texts.set(theorem, [...parts].map((part) => part.textContent).join("\n").toLowerCase());
  }
  return texts.get(theorem);
}

function filter() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const outcome = byId("outcome").value;
  let count = 0;
  for (const theorem of theorems) {
    const { dataset } = theorem;
    const wanted = !outcome || (outcome === "canary" ? "canary" in dataset : dataset.outcome === outcome);
    const found = wanted && words.every((word) => textOf(theorem).includes(word));
    theorem.hidden = !found;
    count += found;
  }
  byId("count").textContent = count === theorems.length ? `${count} theorems` : `${count} of ${theorems.length} theorems`;
}

function sort(button) {
  const key = button.dataset.sort;
  const down = button.dataset.direction === "up" || (!button.dataset.direction && button.classList.contains("n"));
  const named = key === "name" || key === "outcome";
  const compare = (a, b) =>
    named ? a.dataset[key].localeCompare(b.dataset[key], "en", { numeric: true }) : a.dataset[key] - b.dataset[key];
  for (const other of byId("columns").children) {
    delete other.dataset.direction;
    other.removeAttribute("aria-pressed");
  }
  button.dataset.direction = down ? "down" : "up";
  button.setAttribute("aria-pressed", "true");
  list.append(...theorems.sort((a, b) => (down ? compare(b, a) : compare(a, b))));
}

function openLinked() {
  const theorem = location.hash.startsWith("#t") && byId(location.hash.slice(1));
  if (!theorem || !theorem.classList.contains("theorem")) return;
  theorem.hidden = false;
  theorem.open = true;
  theorem.scrollIntoView();
  theorem.querySelector("summary").focus({ preventScroll: true });
}

// Trees.

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** A button that shows and hides what `make` gives, made when it is first asked for and put in by `insert`. */
function opener(button, insert, make, label) {
  let content = null;
  const set = (open) => {
    if (open && !content) insert((content = make()));
    if (content) content.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (label) button.textContent = label(open);
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-expanded") !== "true"));
  button.setAttribute("aria-expanded", "false");
  if (label) button.textContent = label(false);
  return set;
}

/** The goal's first target, on one line. */
function oneLine(goal) {
  const targets = goal.match(/⊢[^\n]*/g) || [goal.split("\n")[0]];
  return targets.length > 1 ? `${targets[0]} and ${targets.length - 1} more` : targets[0];
}

function signed(number) {
  return number.toFixed(2).replace("-", "−");
}

class Tree {
  constructor(data) {
    this.states = data.states;
    this.cut = data.cut;
    this.shown = new Map();
  }

  draw() {
    const root = element("ul");
    root.append(this.stateItem(0, null));
    return root;
  }

  /** A state, behind the tactic that led to it. Its tactics are drawn when it is opened: at once on a proof. */
  stateItem(number, tactic) {
    const state = this.states[number];
    const item = element("li");
    const row = element("div", "row");
    item.append(row);
    if (tactic ? tactic.proof : state && state.proof) item.classList.add("lit");
    const toggle = element("button", "toggle");
    row.append(toggle);
    if (tactic) row.append(this.tactic(tactic), element("span", "about", "→"));
    if (!state || this.shown.has(number)) {
      toggle.replaceWith(element("span", "toggle"));
      row.append(this.elsewhere(number, tactic, Boolean(state)));
      return item;
    }
    this.shown.set(number, item);
    item.dataset.state = number;
    const goal = element("button", "goal", oneLine(state.goal));
    goal.title = "The whole goal";
    row.append(goal, element("span", "about", this.about(number, state)));
    opener(goal, (text) => row.after(text), () => element("pre", "", state.goal));
    this.children(item, toggle, state, number === 0 || (item.classList.contains("lit") && state.proof));
    return item;
  }

  children(item, toggle, state, open) {
    if (state.tactics.length + state.failed.length === 0) {
      toggle.replaceWith(element("span", "toggle"));
      return;
    }
    const set = opener(toggle, (inner) => item.append(inner), () => this.tactics(state), (opened) => (opened ? "▾" : "▸"));
    toggle.setAttribute("aria-label", "Tactics of this state");
    set(open);
  }

  tactics(state) {
    const inner = element("ul");
    for (const tactic of state.tactics) inner.append(this.tacticItem(tactic));
    const count = state.failed.length + state.failed_cut;
    if (count) inner.append(this.failures(state, count));
    return inner;
  }

  tacticItem(tactic) {
    if (tactic.to.length === 1) return this.stateItem(tactic.to[0], tactic);
    const item = element("li", tactic.proof ? "lit" : "");
    const row = element("div", "row");
    row.append(element("span", "toggle"), this.tactic(tactic), element("span", "about", "→"));
    item.append(row);
    if (tactic.to.length === 0) {
      row.append(element("span", "done", "no goals left"));
      return item;
    }
    row.append(element("span", "about", `${tactic.to.length} goals, each to be proved`));
    const parts = element("ul");
    for (const number of tactic.to) parts.append(this.stateItem(number, null));
    item.append(parts);
    return item;
  }

  tactic(tactic) {
    const text = element("code", "tactic", tactic.text || "equal but for names");
    text.title = tactic.text;
    return text;
  }

  /** In the place of a state that stands elsewhere in the tree, or is not in the page. */
  elsewhere(number, tactic, known) {
    if (!known) return element("span", "about", `state ${number}, not shown`);
    const link = element("button", "more", `state ${number}, ${tactic && tactic.cycle ? "an ancestor" : "drawn already"}`);
    link.addEventListener("click", () => this.find(number));
    return link;
  }

  find(number) {
    const item = this.shown.get(number);
    for (let up = item; up; up = up.parentElement.closest("li")) {
      const toggle = up.querySelector(":scope > .row > button.toggle");
      if (up !== item && toggle && toggle.getAttribute("aria-expanded") === "false") toggle.click();
    }
    for (const old of document.querySelectorAll(".found")) old.classList.remove("found");
    item.classList.add("found");
    item.scrollIntoView({ block: "center" });
    item.querySelector("button").focus({ preventScroll: true });
  }

  about(number, state) {
    const score = state.score === null ? "" : `, score ${signed(state.score)}`;
    return `state ${number}, ${state.proof ? "on the proof" : state.status}${score}`;
  }

  failures(state, count) {
    const item = element("li");
    const row = element("div", "row");
    const button = element("button", "more failed-tactics");
    row.append(element("span", "toggle"), button);
    item.append(row);
    opener(button, (inner) => item.append(inner), () => this.failureList(state), () => `${count} failed tactic${count === 1 ? "" : "s"}`);
    return item;
  }

  failureList(state) {
    const inner = element("ul");
    for (const failed of state.failed) {
      const item = element("li", "failure");
      const message = failed.message ? `: ${failed.message}` : "";
      item.append(element("code", "", failed.text), ` ${failed.kind.replaceAll("_", " ")}${message}`);
      inner.append(item);
    }
    if (state.failed_cut) inner.append(element("li", "failure", `${state.failed_cut} more are not shown`));
    return inner;
  }
}

async function openTree(button) {
  const place = button.nextElementSibling;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  place.hidden = !open;
  if (!open || place.hasChildNodes()) return;
  place.append(element("p", "quiet", "unpacking …"));
  try {
    const tree = new Tree(await unpack(byId(button.dataset.tree).textContent));
    place.replaceChildren(tree.draw());
    if (tree.cut) place.prepend(element("p", "note", `${tree.cut} states that were found late are not shown.`));
  } catch (error) {
    place.replaceChildren(element("p", "note", `This browser cannot unpack the tree: ${error.message}`));
  }
}

byId("search").addEventListener("input", filter);
byId("outcome").addEventListener("change", filter);
byId("columns").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) sort(button);
});
list.addEventListener("click", (event) => {
  const button = event.target.closest(".open-tree");
  if (button) openTree(button);
});
addEventListener("hashchange", openLinked);
filter();
openLinked();
