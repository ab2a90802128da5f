// What truth, teacher and student think of every age and income: a byte a cell, the class in its high two bits and how
// sure it is in the others, as decision_map.py writes them.

import { element } from "./controls.js";
import { COLOURS } from "./drawing.js";
import { forward } from "./network.js";
import { softmax } from "./numbers.js";
import { posterior, SEXES, STATES } from "./people.js";

const N = 50, SURE = 64, pixel = ([red, green, blue]) => 0xff000000 + (blue << 16) + (green << 8) + red;
// A pixel for each byte: paler where less sure.
const SHADES = Uint32Array.from({ length: COLOURS.length * SURE }, (_, byte) => {
  const colour = COLOURS[Math.floor(byte / SURE)], strong = 0.3 + (0.7 * (byte % SURE)) / (SURE - 1);
  return pixel([1, 3, 5].map((i) => Math.round(255 - (255 - parseInt(colour.slice(i, i + 2), 16)) * strong)));
});
// Where student and teacher choose differently, who chooses the class that is in truth the most probable?
const CASES = [["the teacher is right", [86, 180, 233]], ["the student is right", [204, 121, 167]], ["neither is right", [58, 58, 58]]];

const AGREE = CASES.length, PIXELS = Uint32Array.from([...CASES.map(([, rgb]) => rgb), [255, 255, 255]], pixel);

// What is made for a sex and a state, once.
function oncePerPlace(make) {
  const kept = {};
  return (sex, state) => (kept[`${sex}, ${state}`] ??= make(sex, state));
}

// Every age and income of one sex and state, age the fastest.
const plane = oncePerPlace((sex, state) => {
  const x = new Float64Array(6 * N * N);
  for (let i = 0; i < N * N; i++) {
    const age = 18 + (62 * (i % N)) / (N - 1), income = 20 + (70 * Math.floor(i / N)) / (N - 1);
    x.set([SEXES.indexOf(sex) ? 1 : -1, age / 100, ...STATES.map((name) => Number(name === state)), income / 100], 6 * i);
  }
  return x;
});

const cell = (p) => {
  const sure = Math.max(...p), k = p.indexOf(sure);
  return SURE * k + Math.max(0, Math.min(SURE - 1, Math.round((sure - 1 / 3) * 1.5 * (SURE - 1))));
};

export const truthCells = oncePerPlace((sex, state) => {
  const x = plane(sex, state);
  return Uint8Array.from({ length: N * N }, (_, i) => cell(posterior(x.subarray(6 * i, 6 * i + 6))));
});

export function networkCells(net, sex, state) {
  const x = plane(sex, state);
  return Uint8Array.from({ length: N * N }, (_, i) => cell(softmax(Array.from(forward(net, x, 6 * i)))));
}

// The shares of the plane in which the two differ, by who is right, and in which the student is wrong.
export function compared(truth, teacher, student) {
  const cases = [0, 0, 0];
  let wrong = 0;
  const where = student.map((s, i) => {
    const [a, b, c] = [truth[i] >> 6, teacher[i] >> 6, s >> 6];
    wrong += c !== a;
    if (b === c) return AGREE;
    const found = b === a ? 0 : c === a ? 1 : 2;
    cases[found] += 1;
    return found;
  });
  return { where, cases: cases.map((n) => n / (N * N)), wrong: wrong / (N * N) };
}

// The picture grows upwards.
function paint(canvas, cells, pixels) {
  const image = new ImageData(N, N), to = new Uint32Array(image.data.buffer);
  for (let row = 0; row < N; row++) for (let i = 0; i < N; i++) to[(N - 1 - row) * N + i] = pixels[cells[row * N + i]];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function panel(box, title) {
  const canvas = element("canvas", { width: N, height: N, "aria-hidden": "true" }), names = element("div");
  const heading = element("div", { class: "kd-title" }, title);
  const field = element("div", { class: "kd-field" }, canvas, names);
  box.append(element("div", { class: "kd-panel" }, heading, field, element("div", { class: "kd-ages" }, "18", element("span", {}, "age →, income ↑"), "80")));
  return { canvas, names, heading };
}

// Where the names of the classes stand, so that colour is not the only cue: as near to the middle of where each is chosen as
// another name leaves room; null for a class that is hardly chosen. On the smallest map a name is as wide and tall as NAME.
const NAME = [24, 8];
export function middles(cells, count) {
  const taken = [];
  for (let k = 0; k < count; k++) {
    const own = [];
    let x = 0, y = 0;
    cells.forEach((byte, i) => {
      if (byte >> 6 !== k) return;
      own.push(i);
      x += i % N;
      y += Math.floor(i / N);
    });
    if (own.length < 0.04 * N * N) { taken.push(null); continue; }
    const covers = (i) => taken.some((j) => j !== null && Math.abs(i % N - j % N) < NAME[0] && Math.abs(Math.floor(i / N) - Math.floor(j / N)) < NAME[1]);
    const far = (i) => (i % N - x / own.length) ** 2 + (Math.floor(i / N) - y / own.length) ** 2 + (covers(i) ? N ** 3 : 0);
    let at = own[0], least = Infinity;
    for (const i of own) {
      const distance = far(i);
      if (distance < least) [at, least] = [i, distance];
    }
    taken.push(at);
  }
  return taken;
}

function nameRegions(names, cells, classes) {
  names.replaceChildren(...middles(cells, classes.length).flatMap((at, k) => (at === null ? []
    : [element("span", { style: `left:${(100 * (at % N + 0.5)) / N}%;bottom:${(100 * (Math.floor(at / N) + 0.5)) / N}%` }, classes[k])])));
}

// The four panels; `draw` returns the sentence that says what they show.
export function decisionMap(box, classes) {
  const root = element("div", { class: "kd-map", role: "img" });
  box.append(root);
  const panels = ["Truth", "Teacher", "Student", "Where they differ"].map((title) => panel(root, title));
  const legend = element("ul", { class: "kd-cases", "aria-hidden": "true" });
  box.append(legend);
  const painted = [];
  return {
    draw({ truth, teacher, student, sex, state, number = "", note = "" }) {
      const shown = [truth, teacher, student];
      shown.forEach((cells, k) => {
        if (k in painted && painted[k] === cells) return; // truth and teacher stay while a student learns
        painted[k] = cells;
        panels[k].names.parentNode.classList.toggle("kd-empty", !cells);
        if (!cells) { panels[k].names.replaceChildren(); return; }
        paint(panels[k].canvas, cells, SHADES);
        nameRegions(panels[k].names, cells, classes);
      });
      root.setAttribute("aria-label", `Most probable class over age and income for ${sex}, ${state}: the truth.`);
      const both = teacher && student ? compared(truth, teacher, student) : null, share = (x) => `${(100 * x).toFixed(1)}%`;
      panels[3].names.parentNode.classList.toggle("kd-empty", !both);
      panels[2].heading.textContent = `Student${number && ` ${number}`}`;
      panels[3].heading.textContent = "Where they differ";
      legend.replaceChildren(...CASES.map(([name, rgb], k) =>
        element("li", {}, element("i", { style: `background:rgb(${rgb})` }), name + (both ? `: ${share(both.cases[k])}` : ""))));
      if (!both) return "";
      const { where, cases, wrong } = both, differ = cases.reduce((a, b) => a + b);
      paint(panels[3].canvas, where, PIXELS);
      panels[3].heading.textContent = `Differ: ${share(differ)}`;
      const words = `Most probable class over age and income for ${sex}, ${state}: truth, teacher and student${note}. Student and teacher `
        + `agree on ${share(1 - differ)} of the plane; the student differs from the truth on ${share(wrong)}.`;
      root.setAttribute("aria-label", words);
      return words;
    },
  };
}
