// A search tree that one opens step by step: in a run's report, and in the service's page while it grows.
// Whatever a goal or a tactic says, it is only ever put in as text.
"use strict";

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
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
  /** `live`: it grows (see `update`), and what grows is shown open. */
  constructor(data, live = false) {
    this.states = data.states;
    this.cut = data.cut;
    this.live = live;
    this.shown = new Map();
    this.drawn = new Map();
  }

  draw() {
    const root = element("ul");
    root.append(this.stateItem(0, null));
    root.addEventListener("keydown", (event) => this.move(event, root));
    return root;
  }

  /** Take in states that are new or have changed, and draw them where they are in sight. */
  update(data) {
    this.cut = data.cut;
    Object.assign(this.states, data.states);
    for (const number of Object.keys(data.states).map(Number)) {
      if (this.shown.has(number)) this.refresh(number, this.shown.get(number));
    }
  }

  /** The search is over: what it was working on stays open. */
  end() {
    const left = Object.entries(this.states).filter(([, state]) => state.status === "expanding");
    this.update({ cut: this.cut, states: Object.fromEntries(left.map(([number, state]) => [number, { ...state, status: "open" }])) });
  }

  refresh(number, item) {
    const state = this.states[number];
    item.dataset.status = state.status;
    item.querySelector(":scope > .row > .state-about").textContent = this.about(number, state);
    if (item.querySelector(":scope > .row > button.toggle")) this.addTactics(number);
    else this.children(item, item.querySelector(":scope > .row > .toggle"), number, true);
  }

  /** A state, behind the tactic that led to it. Its tactics are drawn when it is opened: at once on a proof. */
  stateItem(number, tactic) {
    const state = this.states[number];
    const item = element("li");
    const row = element("div", "row");
    item.append(row);
    if (tactic ? tactic.proof : state && state.proof) item.classList.add("lit");
    const toggle = element("span", "toggle");
    row.append(toggle);
    if (tactic) row.append(this.tactic(tactic), element("span", "about arrow", "→"));
    if (!state || this.shown.has(number)) {
      row.append(this.elsewhere(number, tactic, Boolean(state)));
      return item;
    }
    this.shown.set(number, item);
    item.dataset.state = number;
    item.dataset.status = state.status;
    const goal = element("button", "goal", oneLine(state.goal));
    goal.type = "button";
    goal.title = "The whole goal";
    row.append(goal, element("span", "about state-about", this.about(number, state)));
    opener(goal, (text) => row.after(text), () => element("pre", "", state.goal));
    const open = this.live || number === 0 || (item.classList.contains("lit") && state.proof);
    this.children(item, toggle, number, open);
    return item;
  }

  /** Puts a button in the place of `toggle`, once there is something to be opened. */
  children(item, toggle, number, open) {
    const state = this.states[number];
    if (state.tactics.length + state.failed.length === 0) return;
    const button = element("button", "toggle");
    button.type = "button";
    button.setAttribute("aria-label", `Tactics of state ${number}`);
    toggle.replaceWith(button);
    const set = opener(button, (inner) => item.append(inner), () => this.tactics(number), (opened) => (opened ? "▾" : "▸"));
    set(open);
  }

  tactics(number) {
    const inner = element("ul");
    this.drawn.set(number, { inner, tactics: new Set(), failures: null });
    this.addTactics(number);
    return inner;
  }

  /** Those of a state's tactics that its opened list does not have yet. */
  addTactics(number) {
    const list = this.drawn.get(number);
    if (!list) return;
    const state = this.states[number];
    for (const tactic of state.tactics) {
      const key = `${tactic.to} ${tactic.text}`;
      if (list.tactics.has(key)) continue;
      list.tactics.add(key);
      list.inner.insertBefore(this.tacticItem(tactic), list.failures);
    }
    if (state.failed.length + state.failed_cut === 0) return;
    const failures = this.failures(number);
    if (list.failures) list.failures.replaceWith(failures);
    else list.inner.append(failures);
    list.failures = failures;
  }

  tacticItem(tactic) {
    if (tactic.to.length === 1) return this.stateItem(tactic.to[0], tactic);
    const item = element("li", tactic.proof ? "lit" : "");
    const row = element("div", "row");
    row.append(element("span", "toggle"), this.tactic(tactic), element("span", "about arrow", "→"));
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
    link.type = "button";
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
    item.querySelector("button.goal").focus({ preventScroll: true });
  }

  about(number, state) {
    const score = state.score === null ? "" : `, score ${signed(state.score)}`;
    return `state ${number}, ${state.proof ? "on the proof" : state.status}${score}`;
  }

  failures(number) {
    const state = this.states[number];
    const count = state.failed.length + state.failed_cut;
    const item = element("li");
    const row = element("div", "row");
    const button = element("button", "more failed-tactics");
    button.type = "button";
    row.append(element("span", "toggle"), button);
    item.append(row);
    const label = () => `${count} failed tactic${count === 1 ? "" : "s"}`;
    opener(button, (inner) => item.append(inner), () => this.failureList(state), label);
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

  /** Arrow keys: up and down over what is in sight, right and left to open and close, or to the parent. */
  move(event, root) {
    const from = event.target.closest("li");
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
    const stops = [...root.querySelectorAll(".goal, .more")].filter((one) => one.offsetParent);
    const own = from.querySelector(":scope > .row > .goal, :scope > .row > .more");
    const place = stops.indexOf(own);
    const toggle = from.querySelector(":scope > .row > button.toggle");
    const open = toggle && toggle.getAttribute("aria-expanded") === "true";
    const above = from.parentElement.closest("li[data-state]");
    const targets = {
      ArrowDown: () => stops[place + 1],
      ArrowUp: () => stops[place - 1],
      Home: () => stops[0],
      End: () => stops[stops.length - 1],
      ArrowRight: () => (toggle && !open ? toggle.click() : stops[place + 1]),
      ArrowLeft: () => (open ? toggle.click() : above && above.querySelector(".goal")),
    };
    if (!targets[event.key] || place < 0) return;
    event.preventDefault();
    const target = targets[event.key]();
    if (target) target.focus();
  }
}
