// The digit explorer of chapter 09: draw a digit, and three networks say what they read.

import { button, card, choice, element, follow, group, send } from "../page/controls.js";
import { escape, picture } from "../page/drawing.js";
import { forward, network } from "../page/network.js";
import { argmax, percent, softmax } from "../page/numbers.js";

const SIDE = 8, FINE = 32, PEN = 2; // pixels of an image, of the sheet it is made from, and the pen's radius there
const NETWORKS = [
  ["large", "Large", "128 hidden units"],
  ["small", "Small, by labels", "4 hidden units"],
  ["taught", "Small, taught", "4 hidden units"],
];
const COLOURS = ["#0072B2", "#E69F00", "#009E73"];

// Logits of a network that is saved as [[W, b], ...]. Its flat arrays are made once: a stroke's end waits for nothing else.
const flat = new WeakMap();
export function logits(layers, pixels) {
  if (!flat.has(layers)) flat.set(layers, network(layers.map(([W, b]) => ({ W, b }))));
  return Array.from(forward(flat.get(layers), pixels));
}

// Strokes, lists of points [x, y] on any scale, as an image: they fill a sheet of 32 x 32, as those of the data did, and
// a pixel is the share of ink in its block of 4 x 4.
export function image(strokes) {
  const sheet = new Uint8Array(FINE * FINE), points = strokes.flat();
  if (!points.length) return Array(SIDE * SIDE).fill(0);
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const size = Math.max(right - left, bottom - top), scale = size > 0 ? (FINE - 2 * PEN) / size : 0;
  const place = ([x, y]) => [FINE / 2 + (x - (left + right) / 2) * scale, FINE / 2 + (y - (top + bottom) / 2) * scale];
  const stamp = (x, y) => {
    for (let row = Math.max(0, Math.floor(y - PEN)); row < Math.min(FINE, y + PEN); row++) {
      for (let column = Math.max(0, Math.floor(x - PEN)); column < Math.min(FINE, x + PEN); column++) {
        if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= PEN) sheet[row * FINE + column] = 1;
      }
    }
  };
  for (const stroke of strokes) {
    const path = stroke.map(place);
    path.forEach(([x, y], k) => {
      const [fromX, fromY] = path[Math.max(0, k - 1)], steps = Math.max(1, Math.ceil(2 * Math.hypot(x - fromX, y - fromY)));
      for (let step = 1; step <= steps; step++) stamp(fromX + ((x - fromX) * step) / steps, fromY + ((y - fromY) * step) / steps);
    });
  }
  const block = FINE / SIDE, pixels = Array(SIDE * SIDE).fill(0);
  sheet.forEach((ink, k) => {
    pixels[Math.floor(Math.floor(k / FINE) / block) * SIDE + Math.floor((k % FINE) / block)] += ink / block ** 2;
  });
  return pixels;
}

const squares = (pixels) => pixels.map((ink, k) => {
  const grey = Math.round(255 * (1 - ink)).toString(16).padStart(2, "0");
  return `<rect x="${4 + 20 * (k % SIDE)}" y="${26 + 20 * Math.floor(k / SIDE)}" width="20" height="20" fill="#${grey}${grey}${grey}" stroke="#D5DBE1"/>`;
}).join("");

// Ten bars: the probability of each digit.
function tenBars(title, note, p, colour) {
  const best = argmax(p), bottom = 158, tall = 96;
  let out = `<text x="4" y="16" class="kd-title">${escape(title)}: ${best} (${percent(p[best])})</text><text x="4" y="36">${escape(note)}</text>`;
  p.forEach((share, k) => {
    const height = Math.max(0.5, share * tall), x = 5 + 26 * k;
    out += `<rect x="${x}" y="${bottom - height}" width="20" height="${height}" fill="${colour}"/>`
      + `<text x="${x + 10}" y="${bottom + 18}" class="kd-mid${k === best ? " kd-bold" : ""}">${k}</text>`;
  });
  return `${out}<line x1="0" x2="270" y1="${bottom}" y2="${bottom}" class="kd-axis"/>`;
}

// A sheet to draw on: `ended` hears all strokes whenever one ends.
function pad(box, ended) {
  const sheet = element("canvas", {
    width: 400, height: 400, class: "kd-pad", role: "img",
    "aria-label": "A sheet to draw one digit on with mouse, finger or pen. By keyboard, choose an image from the list.",
  });
  const ink = sheet.getContext("2d");
  let strokes = [], drawing = null;
  const at = (event) => {
    const frame = sheet.getBoundingClientRect();
    return [((event.clientX - frame.left) / frame.width) * 400, ((event.clientY - frame.top) / frame.height) * 400];
  };
  const line = (from, to) => {
    Object.assign(ink, { lineWidth: 26, lineCap: "round", strokeStyle: "#1A2530" });
    ink.beginPath();
    ink.moveTo(...from);
    ink.lineTo(...to);
    ink.stroke();
  };
  const end = (event) => {
    if (event.pointerId !== drawing) return;
    drawing = null;
    ended(strokes);
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button) return;
    event.preventDefault();
    drawing = event.pointerId;
    try { sheet.setPointerCapture(drawing); } catch { /* a pointer that has gone */ }
    strokes.push([at(event)]);
    line(at(event), at(event));
  });
  sheet.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    const stroke = strokes.at(-1);
    line(stroke.at(-1), at(event));
    stroke.push(at(event));
  });
  sheet.addEventListener("pointerup", end);
  sheet.addEventListener("pointercancel", end);
  box.append(sheet);
  return () => {
    strokes = [];
    ink.clearRect(0, 0, 400, 400);
  };
}

function render({ model, el }) {
  const parts = card(el, "Digit explorer", "Draw a digit. The networks see it with 8 by 8 pixels and answer when your stroke ends.");
  const sheet = group(parts.controls, "Your digit");
  const clear = pad(sheet, (strokes) => send(model, "pixels", image(strokes)));
  button(sheet, "Clear", () => {
    clear();
    send(model, "pixels", image([]));
  });
  const examples = model.get("examples");
  if (examples.length) {
    const which = choice(sheet, "Somebody's digit", examples.map((_, k) => `image ${k + 1}`), (k) => {
      clear();
      send(model, "pixels", examples[k]);
    });
    const show = () => which.set(examples.findIndex((row) => row.every((ink, k) => ink === model.get("pixels")[k])));
    model.on("change:pixels", show);
    show();
  }
  parts.pictures.classList.add("kd-stacked");
  const row = element("div", { class: "kd-pairs" });
  parts.pictures.append(row);
  const seen = picture(row, 270, 190, "kd-chart");
  const charts = NETWORKS.map(() => picture(row, 270, 190, "kd-chart"));

  const update = () => {
    const pixels = model.get("pixels");
    seen.draw(`<text x="4" y="16" class="kd-title">What the networks see</text>${squares(pixels)}`, "The image of 8 by 8 pixels.");
    const said = NETWORKS.map(([name, title, note], k) => {
      const p = softmax(logits(model.get(name), pixels)), best = argmax(p);
      charts[k].draw(tenBars(title, note, p, COLOURS[k]), `${title}: ${p.map((share, digit) => `${digit} ${percent(share)}`).join(", ")}.`);
      return `${title.toLowerCase()} ${best} (${percent(p[best])})`;
    });
    parts.status.textContent = pixels.some((ink) => ink > 0) ? `Read: ${said.join("; ")}.` : "The sheet is empty.";
  };
  return follow(model, ["pixels", ...NETWORKS.map(([name]) => name)], parts, update, false);
}

export default { render };
