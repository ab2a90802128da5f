// The gradient explorer's numbers and its triangle. Chapter 04.

import { escape, marker } from "../page/drawing.js";
import { centred, logSumExp, mean, softmax } from "../page/numbers.js";
import { gradient } from "../page/objectives.js";

const less = (a, b) => a.map((x, k) => x - b[k]);
const scaled = (a, s) => a.map((x) => x * s);

// How a prediction moves under a small step against the gradient: dp = -(diag(p) - p p') dL/dz.
export function movement(p, state) {
  const step = scaled(gradient({ ...state, z: p.map(Math.log) }), -1);
  const along = p.reduce((a, x, k) => a + x * step[k], 0);
  return p.map((x, k) => x * (step[k] - along));
}

// The prediction that the objective leaves alone, or null where there is none: labels pull for ever.
export function restingPoint({ objective, v, label, T, alpha }) {
  if (objective === "labels" || (objective === "mixed" && alpha === 0)) return null;
  if (objective !== "mixed" || alpha === 1) return softmax(v);
  // Convex in the logits, and a shift changes nothing: Newton's method in the first two, the third stays 0.
  const state = { objective, v, label, T, alpha }, q = softmax(v, T);
  const loss = (z) => alpha * T * T * (logSumExp(scaled(z, 1 / T)) - q.reduce((a, x, k) => a + (x * z[k]) / T, 0))
    + (1 - alpha) * (logSumExp(z) - z[label]);
  const mix = softmax(v).map((x, k) => Math.log(Math.max(1e-9, alpha * x + (k === label ? 1 - alpha : 0))));
  let z = mix.map((x) => x - mix[2]);
  for (let round = 0; round < 200; round++) {
    const g = gradient({ ...state, z }), p = softmax(z), s = softmax(z, T);
    if (Math.max(...g.map(Math.abs)) < 1e-13) break;
    const h = (i, j) => alpha * s[i] * ((i === j) - s[j]) + (1 - alpha) * p[i] * ((i === j) - p[j]);
    const a = h(0, 0) + 1e-14, b = h(0, 1), d = h(1, 1) + 1e-14, det = a * d - b * b;
    const step = [(d * g[0] - b * g[1]) / det, (a * g[1] - b * g[0]) / det, 0];
    let size = 1;
    while (size > 1e-9 && loss(less(z, scaled(step, size))) > loss(z) + 1e-13) size /= 2;
    z = less(z, scaled(step, size));
  }
  return softmax(z);
}

// ---- the triangle: each class pulls towards its own corner ---------------------------------------------------------

const SIDE = 320, LEFT = 58, BASE = 318, HEIGHT = (SIDE * Math.sqrt(3)) / 2, SMALLEST = 0.004;
export const place = (p) => [LEFT + SIDE * (p[1] / 2 + p[2]), BASE - HEIGHT * p[1]];

export function prediction(x, y) {
  const p1 = (BASE - y) / HEIGHT, p2 = (x - LEFT) / SIDE - p1 / 2;
  const inside = [1 - p1 - p2, p1, p2].map((u) => Math.max(SMALLEST, u));
  return inside.map((u) => u / inside.reduce((a, b) => a + b));
}

// Logits of a prediction: their mean is free, so it stays what it was, as far as the sliders reach.
export function logitsOf(p, before, limit) {
  const c = centred(p.map(Math.log));
  const m = Math.min(limit - Math.max(...c), Math.max(-limit - Math.min(...c), mean(before)));
  return c.map((x) => Math.max(-limit, Math.min(limit, x + m)));
}

function arrow(from, to, cls) {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]], length = Math.hypot(dx, dy);
  if (length < 0.8) return `<circle cx="${from[0]}" cy="${from[1]}" r="1.4" class="${cls}"/>`;
  const tip = Math.min(7, length * 0.5) * (cls === "kd-push" ? 1.6 : 1), ux = dx / length, uy = dy / length;
  const head = (side) => `${to[0] - tip * (ux - side * 0.5 * uy)} ${to[1] - tip * (uy + side * 0.5 * ux)}`;
  return `<path class="${cls}" d="M${from.join(" ")}L${to.join(" ")}M${head(1)}L${to.join(" ")}L${head(-1)}"/>`;
}

const star = (x, y) => `<path class="kd-teacher" d="M${Array.from({ length: 10 }, (_, i) => {
  const r = i % 2 ? 5.4 : 13, a = (Math.PI * i) / 5;
  return `${x + r * Math.sin(a)} ${y - r * Math.cos(a)}`;
}).join("L")}Z"/>`;
const ring = (x, y) => `<circle class="kd-ring" cx="${x}" cy="${y}" r="11"/>`;
const cross = (x, y) => ["kd-halo", "kd-cross"].map((c) =>
  `<path class="${c}" d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12"/>`).join("");

// A push of this much, and not the longest one in the picture, has an arrow of full length: they can be compared.
const LONGEST = { "labels": 1, "log-probs": 4, "logits": 4, "logits centred": 4, "soft targets": 2, "mixed": 2, "reverse KL": 4 };

export function field(state, steps = 13) {
  const points = [];
  for (let a = 1; a < steps; a++) for (let b = 1; b < steps - a; b++) points.push([a, b, steps - a - b].map((n) => n / steps));
  const flat = (p) => { const m = movement(p, state); return [SIDE * (m[1] / 2 + m[2]), -HEIGHT * m[1]]; };
  const ends = points.map(flat), longest = (SIDE * LONGEST[state.objective]) / 4;
  // The arrow at the student starts under the handle, so it gets a length to show beyond it.
  const drawn = (p, [dx, dy], reach, cls, start = 0) => {
    const length = Math.hypot(dx, dy), wanted = start + reach * SIDE * Math.sqrt(Math.min(1, length / longest));
    const grow = length < 1e-12 ? 0 : wanted / length;
    const [x, y] = place(p);
    return arrow([x, y], [x + dx * grow, y + dy * grow], cls);
  };
  const now = softmax(state.z);
  return points.map((p, i) => drawn(p, ends[i], 0.085, "kd-flow")).join("") + drawn(now, flat(now), 0.2, "kd-push", 18);
}

export function triangle(state, classes, rest) {
  const corners = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map(place), q = softmax(state.v);
  const names = corners.map(([x, y], k) => marker(k, x, y, 5)
    + `<text x="${x}" y="${k === 1 ? y - 17 : y + 27}" class="kd-mid kd-corner">${escape(classes[k])}</text>`).join("");
  const key = [[20, star, "teacher q"], [150, ring, "true class"], [282, cross, rest ? "zero gradient" : "no zero point"]]
    .map(([x, mark, words]) => mark(x, 376) + `<text x="${x + 17}" y="380.5">${words}</text>`).join("");
  return `<path d="M${corners.join("L")}Z" class="kd-edge"/>${field(state)}${names}${ring(...corners[state.label])}`
    + star(...place(q)) + (rest ? cross(...place(rest)) : "") + key;
}
