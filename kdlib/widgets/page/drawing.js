// Pictures of numbers on three classes, as SVG.

import { element, newId } from "./controls.js";
import { fixed } from "./numbers.js";

export const COLOURS = ["#0072B2", "#E69F00", "#009E73"];

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escape = (text) => String(text).replace(/[&<>"]/g, (c) => escapes[c]);

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
export function bars(id, { title, note = "", series, classes, low, high, show = fixed, extra = [], strong = -1, ghost = null, ticks = [] }) {
  const W = 270, top = 62, bottom = 176, left = ticks.length ? 24 : 0, wide = (W - left) / classes.length;
  const y = (x) => bottom - ((Math.min(high, Math.max(low, x)) - low) / (high - low)) * (bottom - top);
  const width = series.length === 1 ? 44 : 39;
  let out = `<defs>${classes.map((_, k) => hatch(id, k)).join("")}</defs>`
    + `<text x="4" y="16" class="kd-title">${escape(title)}</text><text x="4" y="35.5">${escape(note)}</text>`;
  series.forEach(({ name }, s) => {
    if (!name) return;
    out += swatch(4 + s * 132, 26, s ? `url(#${id}h0)` : COLOURS[0])
      + `<text x="${21 + s * 132}" y="35.5">${escape(name)}</text>`;
  });
  for (const tick of ticks) {
    out += `<line class="kd-grid" x1="24" x2="${W}" y1="${y(tick)}" y2="${y(tick)}"/><text class="kd-end" x="21" y="${y(tick) + 4}">${tick}</text>`;
  }
  classes.forEach((name, k) => {
    const middle = left + wide * (k + 0.5);
    series.forEach(({ values }, s) => {
      const x = middle + (s - series.length / 2) * (width + 2) + 1, end = y(values[k]), from = y(0);
      const fill = s ? `url(#${id}h${k})` : COLOURS[k];
      out += `<rect x="${x}" y="${Math.min(end, from)}" width="${width}" height="${Math.abs(end - from)}" `
        + `fill="${fill}" stroke="${COLOURS[k]}"/>`;
      const label = values[k] < 0 ? end + 12 : end - 4;
      out += `<text x="${x + width / 2}" y="${label}" class="kd-mid kd-number">${show(values[k])}</text>`;
    });
    if (ghost) {
      const end = y(ghost[k]), from = y(0);
      out += `<rect class="kd-ghost" x="${middle - width / 2}" y="${Math.min(end, from)}" width="${width}" height="${Math.abs(end - from)}"/>`;
    }
    const cls = k === strong ? "kd-mid kd-bold" : "kd-mid";
    const below = (line, words) => `<text x="${middle}" y="${line}" class="${cls}">${escape(words)}</text>`;
    out += marker(k, middle, 197, 4.5) + below(216, name) + (extra[k] ? below(232, extra[k]) : "");
  });
  return `${out}<line x1="${left}" x2="${W}" y1="${y(0)}" y2="${y(0)}" class="kd-axis"/>`;
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
