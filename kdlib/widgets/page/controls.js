// What stands around a widget's pictures: the card, its controls, and the sentence that it speaks.

import { compact, fixed, short } from "./numbers.js";

// Random, not counted: every widget class loads its own copy of this file, and two copies would count alike.
export const newId = () => `kd${Math.random().toString(36).slice(2, 10)}`;

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The frame of every explorer: title, controls, pictures and the spoken sentence.
export function card(el, title, hint) {
  const id = newId();
  const controls = element("div", { class: "kd-controls" });
  const pictures = element("div", { class: "kd-pictures" });
  const status = element("p", { class: "kd-status", role: "status", "aria-live": "polite" });
  const head = element("div", { class: "kd-head" }, element("h3", { id }, title), element("p", {}, hint));
  const body = element("div", { class: "kd-body" }, controls, pictures);
  const root = element("section", { class: "kd-explorer", "aria-labelledby": id }, head, body, status);
  el.replaceChildren(root);
  return { id, root, head, controls, pictures, status };
}

export function group(box, title) {
  const node = element("fieldset", { class: "kd-group" }, element("legend", {}, title));
  box.append(node);
  return node;
}

// JupyterLab takes the arrow keys for itself unless the focused element carries this attribute.
export const KEYS = { "data-lm-suppress-shortcuts": "true" };

// A slider: `show` writes its number, `read` and `write` turn the slider's position into the value and back.
export function slider(box, label, { min, max, step, show = fixed, read = (x) => x, write = (x) => x }, onInput) {
  const id = newId();
  const input = element("input", { id, type: "range", min, max, step, ...KEYS });
  const output = element("output", { for: id });
  const row = element("div", { class: "kd-control" }, element("label", { for: id }, label), output, input);
  box.append(row);
  input.addEventListener("input", () => onInput(read(Number(input.value))));
  return {
    set(value, usedHere = true) {
      const position = String(write(value));
      // Writing to a slider under the pointer would snap it back to the step it has just left.
      if (document.activeElement !== input || Math.abs(Number(input.value) - write(value)) > step) input.value = position;
      output.textContent = usedHere ? show(value) : "not used";
      input.setAttribute("aria-valuetext", show(value));
      input.disabled = !usedHere;
      row.classList.toggle("kd-off", !usedHere);
    },
  };
}

// T from 1/4 to 32: equal steps on the slider are equal factors.
export const TEMPERATURE = { min: -2, max: 5, step: 0.25, show: short, read: (x) => 2 ** x, write: Math.log2 };

export function choice(box, label, options, onInput) {
  const id = newId();
  const input = element("select", { id, ...KEYS }, ...options.map((name, k) => element("option", { value: k }, name)));
  const row = element("div", { class: "kd-control" }, element("label", { for: id }, label), input);
  box.append(row);
  input.addEventListener("input", () => onInput(Number(input.value)));
  return {
    row,
    set(k, usedHere = true) {
      input.value = String(k);
      input.disabled = !usedHere;
    },
  };
}

// What a text asks for, or an error in a learner's words. A comma is a point, and spaces part thousands; so do commas and
// points in a whole number, whose range is written so.
export function readNumber(text, { label, low, high, whole }) {
  const bare = text.trim().replace(/[\s_]/g, ""), thousands = whole && /^[-+]?[1-9]\d{0,2}([.,]\d{3})+$/.test(bare);
  const plain = thousands ? bare.replace(/[.,]/g, "") : bare.replace(",", "."), value = Number(plain);
  const kind = whole ? "a whole number" : "a number";
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) || value < low || value > high || (whole && !Number.isInteger(value))) {
    throw new Error(`${label} is ${text.trim() || "empty"}; choose ${kind} from ${reach(low)} to ${reach(high)}.`);
  }
  return value;
}

const reach = (x) => (x > 1e5 || (x > 0 && x < 1e-3) ? x.toExponential().replace("e+", "e") : x.toLocaleString("en"));

// The next round value up or down: 1, 2, 5, 10, ... where the range spans decades, even steps where it does not.
export function nextRound(value, way, { low, high, whole }) {
  let next = value + way * (whole ? 1 : (high - low) / 10);
  if (low > 0 && high / low >= 100) {
    const size = 10 ** Math.floor(Math.log10(value) - 1), round = [1, 2, 5, 10, 20, 50, 100, 200].map((k) => k * size);
    next = way > 0 ? round.find((x) => x > value * 1.0001) : round.findLast((x) => x < value * 0.9999);
  }
  return Number(Math.max(low, Math.min(high, next)).toPrecision(6));
}

// A number that is typed: its range stands beside it, and what cannot be taken is said under it and not taken. What was typed
// and not taken stays, whatever else changes, until it is to `forget` it.
export function field(box, rule, onInput) {
  const id = newId(), error = element("p", { id: `${id}e`, class: "kd-error", hidden: "" });
  const input = element("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", "aria-describedby": `${id}r ${id}e`, ...KEYS });
  const row = element("div", { class: "kd-control kd-number-field" }, element("label", { for: id }, rule.label), input,
    element("small", { id: `${id}r` }, `${reach(rule.low)} to ${reach(rule.high)}`), error);
  let wrong = "", typed = false;
  const show = (words) => {
    wrong = words;
    error.textContent = words;
    error.hidden = !words;
    input.setAttribute("aria-invalid", String(Boolean(words)));
  };
  const take = (text) => {
    try {
      const value = readNumber(text, rule);
      write(value);
      onInput(value);
    } catch (problem) {
      show(problem.message);
    }
  };
  const write = (value) => {
    typed = false;
    input.value = compact(value);
    show("");
  };
  input.addEventListener("input", () => { typed = true; });
  for (const event of ["change", "blur"]) input.addEventListener(event, () => { if (typed) take(input.value); });
  input.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") take(input.value);
    if (!way) return;
    event.preventDefault();
    try { take(String(nextRound(readNumber(input.value, rule), way, rule))); } catch { take(input.value); }
  });
  box.append(row);
  return {
    row,
    get wrong() { return wrong; },
    forget() { typed = false; },
    set(value, usedHere = true) {
      if (typeof value === "number" && !typed) write(value);
      input.disabled = !usedHere;
      row.classList.toggle("kd-off", !usedHere);
    },
  };
}

export function button(box, label, onClick) {
  const node = element("button", { type: "button", class: "kd-button", ...KEYS }, label);
  node.addEventListener("click", onClick);
  box.append(node);
  return node;
}

// Draw now and at every change of the state; what goes wrong becomes a sentence in the card, and the next change works.
export function follow(model, names, parts, update, resets = true) {
  const safely = () => {
    try {
      parts.root.classList.remove("kd-failed");
      update();
    } catch (error) {
      parts.root.classList.add("kd-failed");
      parts.status.textContent = `This setting cannot be drawn: ${error.message}`;
    }
  };
  if (resets) {
    const first = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    button(parts.head, "Reset", () => {
      for (const name of names) model.set(name, first[name]);
      model.save_changes();
    });
  }
  for (const name of names) model.on(`change:${name}`, safely);
  safely();
  return () => names.forEach((name) => model.off?.(`change:${name}`, safely));
}

export function send(model, name, value) {
  model.set(name, value);
  model.save_changes();
}
