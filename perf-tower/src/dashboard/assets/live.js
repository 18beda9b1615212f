// Keeps a page fresh: the server sends the main part each second, and only what differs is changed,
// so that focus, selection and scrolling stay.
"use strict";

const main = document.getElementById("main");
const button = document.querySelector("[data-live]");
let source = null;

function key(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.id : "";
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);
}

function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  // What a script has drawn, or a person has opened, is theirs.
  if (from.hasAttribute("data-kept")) return;
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value && !(name === "hidden" && from.hasAttribute("data-copy"))) {
      from.setAttribute(name, value);
    }
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  }
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    let same = at;
    if (key(next)) {
      same = [...from.children].find((child) => child.id === next.id) ?? null;
      if (same && same !== at) from.insertBefore(same, at);
    }
    if (same && alike(same, next)) {
      morph(same, next);
      at = same.nextSibling;
    } else {
      from.insertBefore(next, at);
    }
  }
  while (at) {
    const rest = at.nextSibling;
    at.remove();
    at = rest;
  }
}

function listen() {
  source = new EventSource(button.dataset.live);
  source.onmessage = (event) => {
    if (!event.data || !document.getSelection().isCollapsed) return;
    const fresh = document.createElement("main");
    fresh.id = "main";
    fresh.innerHTML = event.data;
    morph(main, fresh);
    reveal();
  };
}

function pause() {
  source?.close();
  source = null;
}

function copy(event) {
  const from = event.target.closest("[data-copy]");
  if (!from) return;
  navigator.clipboard.writeText(from.dataset.copy).then(
    () => { from.textContent = "copied"; },
    () => { from.textContent = "not allowed"; },
  );
  setTimeout(() => { from.textContent = "copy"; }, 1500);
}

function reveal() {
  for (const hidden of document.querySelectorAll("[data-copy][hidden]")) hidden.hidden = false;
}

reveal();
document.addEventListener("click", copy);
if (button && "EventSource" in window) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!pressed));
    if (pressed) pause(); else listen();
  });
  // A page that nobody sees costs nothing.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) pause();
    else if (button.getAttribute("aria-pressed") === "true" && !source) listen();
  });
  addEventListener("pagehide", pause);
  listen();
}
