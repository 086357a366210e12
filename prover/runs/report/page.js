
// The list (search, sort, links into it) and the search trees, unpacked when they are opened. After tree.js.

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

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
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
