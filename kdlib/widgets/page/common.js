// Shared by the explorers: softmax, controls, bars. No imports: Python puts this file in front of each explorer's own.

export const COLOURS = ["#0072B2", "#E69F00", "#009E73"];

export function softmax(z, T = 1) {
  const top = Math.max(...z);
  const e = z.map((x) => Math.exp((x - top) / T));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
}

export function logSumExp(z) {
  const top = Math.max(...z);
  return top + Math.log(z.reduce((a, x) => a + Math.exp(x - top), 0));
}

export const mean = (z) => z.reduce((a, b) => a + b, 0) / z.length;

// "-0.00" would name a sign that is not there.
export function fixed(x, digits = 2) {
  const text = x.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

export const percent = (x) => `${Math.round(100 * x)}%`;
export const short = (x) => String(Number(x.toPrecision(3)));

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escape = (text) => String(text).replace(/[&<>"]/g, (c) => escapes[c]);

// ---- page parts -------------------------------------------------------------------------------------------------

// Random, not counted: every widget class loads its own copy of this file, and two copies would count alike.
const newId = () => `kd${Math.random().toString(36).slice(2, 10)}`;

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

// ---- drawing ----------------------------------------------------------------------------------------------------

export function marker(k, x, y, r) {
  const style = `fill="${COLOURS[k]}"`;
  if (k === 0) return `<circle cx="${x}" cy="${y}" r="${r}" ${style}/>`;
  if (k === 1) return `<rect x="${x - r}" y="${y - r}" width="${2 * r}" height="${2 * r}" ${style}/>`;
  return `<path d="M${x} ${y - 1.2 * r}L${x + 1.2 * r} ${y + r}H${x - 1.2 * r}Z" ${style}/>`;
}

const hatch = (id, k) =>
  `<pattern id="${id}h${k}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
  `<rect width="6" height="6" fill="#fff"/><rect width="2.4" height="6" fill="${COLOURS[k]}"/></pattern>`;

const swatch = (x, y, fill) => `<rect x="${x}" y="${y}" width="12" height="10" fill="${fill}" stroke="#4A5763"/>`;

// Bars for each class: the first series is solid, the second hatched. `extra` adds a line of words below each class.
export function bars(id, { title, note = "", series, classes, low, high, show = fixed, extra = [], strong = -1 }) {
  const W = 270, top = 62, bottom = 176, wide = W / classes.length;
  const y = (x) => bottom - ((Math.min(high, Math.max(low, x)) - low) / (high - low)) * (bottom - top);
  const width = series.length === 1 ? 44 : 39;
  let out = `<defs>${classes.map((_, k) => hatch(id, k)).join("")}</defs>`
    + `<text x="4" y="16" class="kd-title">${escape(title)}</text><text x="4" y="35.5">${escape(note)}</text>`;
  series.forEach(({ name }, s) => {
    if (!name) return;
    out += swatch(4 + s * 132, 26, s ? `url(#${id}h0)` : COLOURS[0])
      + `<text x="${21 + s * 132}" y="35.5">${escape(name)}</text>`;
  });
  classes.forEach((name, k) => {
    const middle = wide * (k + 0.5);
    series.forEach(({ values }, s) => {
      const x = middle + (s - series.length / 2) * (width + 2) + 1, end = y(values[k]), from = y(0);
      const fill = s ? `url(#${id}h${k})` : COLOURS[k];
      out += `<rect x="${x}" y="${Math.min(end, from)}" width="${width}" height="${Math.abs(end - from)}" `
        + `fill="${fill}" stroke="${COLOURS[k]}"/>`;
      const label = values[k] < 0 ? end + 12 : end - 4;
      out += `<text x="${x + width / 2}" y="${label}" class="kd-mid kd-number">${show(values[k])}</text>`;
    });
    const cls = k === strong ? "kd-mid kd-bold" : "kd-mid";
    const below = (line, words) => `<text x="${middle}" y="${line}" class="${cls}">${escape(words)}</text>`;
    out += marker(k, middle, 197, 4.5) + below(216, name) + (extra[k] ? below(232, extra[k]) : "");
  });
  return `${out}<line x1="0" x2="${W}" y1="${y(0)}" y2="${y(0)}" class="kd-axis"/>`;
}

// Two columns of pictures; on a narrow page they become one.
export function columns(box) {
  const both = [element("div", { class: "kd-column" }), element("div", { class: "kd-column" })];
  box.append(...both);
  return both;
}

// A picture that screen readers know by one sentence.
export function picture(box, width, height, name) {
  const holder = element("div", { class: `kd-picture ${name}` });
  box.append(holder);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  holder.append(svg);
  return {
    holder,
    svg,
    id: newId(),
    draw(markup, words) {
      holder.hidden = false;
      svg.innerHTML = markup;
      svg.setAttribute("aria-label", words);
    },
    hide() { holder.hidden = true; },
  };
}
