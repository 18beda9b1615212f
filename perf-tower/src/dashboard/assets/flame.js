// Draws a flame graph from a tree of { name, value, children } and lets one walk through it: click or
// Enter zooms, Escape shows all again, the arrows move to parent, child and siblings.
"use strict";

const ROW = 20;
const LEAST = 0.0015;

class Flame {
  constructor(place, tree, unit) {
    this.place = place;
    this.unit = unit;
    this.root = this.zoomed = this.focused = Flame.linked(tree, null);
    this.words = "";
    this.detail = place.parentElement.querySelector(".flame-detail");
    place.setAttribute("data-kept", "");
    place.addEventListener("click", (event) => this.withNode(event, (node) => this.zoom(node)));
    place.addEventListener("mouseover", (event) => this.withNode(event, (node) => this.tell(node)));
    place.addEventListener("focusin", (event) => this.withNode(event, (node) => this.tell(node)));
    place.addEventListener("keydown", (event) => this.move(event));
    this.draw();
  }

  static linked(node, parent) {
    const linked = { name: node.name, value: node.value, parent, children: [] };
    linked.children = (node.children ?? []).map((child) => Flame.linked(child, linked));
    linked.children.sort((a, b) => b.value - a.value);
    return linked;
  }

  withNode(event, act) {
    const node = event.target.closest("button")?.node;
    if (node) act(node);
  }

  zoom(node) {
    this.zoomed = this.focused = node;
    this.draw();
    this.buttons.get(node)?.focus();
  }

  search(words) {
    this.words = words.toLowerCase();
    this.draw();
    if (!this.words) return this.tell(this.zoomed);
    const found = this.found(this.root);
    this.detail.textContent = `${this.share(found)} in functions with “${words}”`;
  }

  // What is found inside of something found counts once.
  found(node) {
    if (this.matches(node)) return node.value;
    return node.children.reduce((sum, child) => sum + this.found(child), 0);
  }

  matches(node) {
    return this.words !== "" && node.name.toLowerCase().includes(this.words);
  }

  share(value) {
    return `${((100 * value) / Math.max(this.root.value, 1)).toFixed(1)} %`;
  }

  tell(node) {
    this.detail.textContent = `${node.name}: ${node.value} ${this.unit}, ${this.share(node.value)} of all`;
  }

  draw() {
    const path = [];
    for (let node = this.zoomed; node; node = node.parent) path.unshift(node);
    this.buttons = new Map();
    const boxes = document.createDocumentFragment();
    path.slice(0, -1).forEach((node, depth) => this.box(boxes, node, depth, 0, 1));
    const depth = this.below(boxes, this.zoomed, path.length - 1, 0, 1);
    this.place.replaceChildren(boxes);
    this.place.style.height = `${(depth + 1) * ROW}px`;
  }

  below(boxes, node, depth, left, width) {
    this.box(boxes, node, depth, left, width);
    let deepest = depth;
    let at = left;
    for (const child of node.children) {
      const part = (width * child.value) / Math.max(node.value, 1);
      if (part >= LEAST) deepest = Math.max(deepest, this.below(boxes, child, depth + 1, at, part));
      at += part;
    }
    return deepest;
  }

  box(boxes, node, depth, left, width) {
    const box = document.createElement("button");
    box.type = "button";
    box.node = node;
    box.textContent = node.name;
    box.title = node.name;
    box.tabIndex = node === this.focused ? 0 : -1;
    box.style.left = `${100 * left}%`;
    box.style.width = `${100 * width}%`;
    box.style.top = `${depth * ROW}px`;
    if (this.matches(node)) box.classList.add("found");
    this.buttons.set(node, box);
    boxes.append(box);
  }

  move(event) {
    const node = event.target.node;
    if (!node) return;
    const siblings = (node.parent?.children ?? [node]).filter((other) => this.buttons.has(other));
    const at = siblings.indexOf(node);
    const to = {
      ArrowUp: () => node.parent,
      ArrowDown: () => node.children.find((child) => this.buttons.has(child)),
      ArrowLeft: () => siblings[at - 1],
      ArrowRight: () => siblings[at + 1],
      Escape: () => this.root,
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    if (event.key === "Escape") return this.zoom(this.root);
    event.target.tabIndex = -1;
    this.focused = to;
    this.buttons.get(to).tabIndex = 0;
    this.buttons.get(to).focus();
  }
}

for (const place of document.querySelectorAll(".flame[data-tree]")) {
  fetch(place.dataset.tree)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.statusText)))
    .then((tree) => {
      const flame = new Flame(place, tree.tree ?? tree, place.dataset.unit ?? "samples");
      const field = place.parentElement.querySelector("input[type=search]");
      field?.addEventListener("input", () => flame.search(field.value));
    })
    .catch((reason) => { place.textContent = `The profile could not be loaded: ${reason}`; });
}
