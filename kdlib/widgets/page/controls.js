// What stands around a widget's pictures: the card, its controls, and the sentence that it speaks.

import { fixed, short } from "./numbers.js";

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
  return { id, root, controls, pictures, status };
}

export function group(box, title) {
  const node = element("fieldset", { class: "kd-group" }, element("legend", {}, title));
  box.append(node);
  return node;
}

// JupyterLab takes the arrow keys for itself unless the focused element carries this attribute.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

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
  box.append(element("div", { class: "kd-control" }, element("label", { for: id }, label), input));
  input.addEventListener("input", () => onInput(Number(input.value)));
  return { set: (k) => { input.value = String(k); } };
}

export function button(box, label, onClick) {
  const node = element("button", { type: "button", class: "kd-button", ...KEYS }, label);
  node.addEventListener("click", onClick);
  box.append(node);
  return node;
}

// Draw now and at every change of the state; what goes wrong becomes a sentence in the card, and the next change works.
export function follow(model, names, parts, update) {
  const safely = () => {
    try {
      parts.root.classList.remove("kd-failed");
      update();
    } catch (error) {
      parts.root.classList.add("kd-failed");
      parts.status.textContent = `This setting cannot be drawn: ${error.message}`;
    }
  };
  for (const name of names) model.on(`change:${name}`, safely);
  safely();
  return () => names.forEach((name) => model.off?.(`change:${name}`, safely));
}

export function send(model, name, value) {
  model.set(name, value);
  model.save_changes();
}
