// Elements are made here and nowhere else. Text only ever becomes a text node, and an address becomes a link only when
// it is plain http(s): what the news says can be shown, never run.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; strings and numbers become text nodes, null and false are left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** The address if a click on it may only open a web page, else null: no other scheme, no user:password@. */
export function safeAddress(address) {
  let url;
  try {
    url = new URL(String(address));
  } catch {
    return null;
  }
  const web = url.protocol === "https:" || url.protocol === "http:";
  return web && url.username === "" && url.password === "" ? url.href : null;
}

/** A foreign text in isolation, so that right-to-left text cannot rearrange its surroundings; a link where safe. */
export function foreign(text, address = null, attributes = {}) {
  const href = address === null ? null : safeAddress(address);
  if (href === null) return h("bdi", attributes, text);
  return h("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, h("bdi", {}, text));
}

export function byId(id) {
  return document.getElementById(id);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const drawn = new WeakMap();
const FOCUSABLE = "a[href], summary, button";

/**
 * Makes the children of `parent` be `items`, one element each. What has not changed keeps its element, so that
 * selection, focus and open folds stay as the reader left them; what has changed takes them over.
 */
export function keyed(parent, items, keyOf, draw) {
  const before = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  const used = new Set();
  items.forEach((item, index) => {
    let key = String(keyOf(item));
    while (used.has(key)) key += "+";
    used.add(key);
    const signature = JSON.stringify(item);
    let element = before.get(key);
    if (element === undefined || drawn.get(element) !== signature) {
      const fresh = draw(item);
      fresh.dataset.key = key;
      drawn.set(fresh, signature);
      if (element !== undefined) takeOver(element, fresh);
      element = fresh;
    }
    before.delete(key);
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
  for (const element of before.values()) element.remove();
}

function takeOver(old, fresh) {
  const folds = [...fresh.querySelectorAll("details")];
  [...old.querySelectorAll("details")].forEach((fold, i) => {
    if (folds[i]) folds[i].open = fold.open;
  });
  if (old.open !== undefined && fresh.open !== undefined) fresh.open = old.open;
  const focused = [...old.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  old.replaceWith(fresh);
  if (focused >= 0) fresh.querySelectorAll(FOCUSABLE)[focused]?.focus({ preventScroll: true });
}
