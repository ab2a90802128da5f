// The gradient explorer of chapter 04: what it shows.

import { button, card, choice, follow, group, send, slider, TEMPERATURE } from "../page/controls.js";
import { bars, columns, picture } from "../page/drawing.js";
import { centred, fixed, logSoftmax, logSumExp, oneHot, percent, short, softmax } from "../page/numbers.js";
import { gradient, OBJECTIVES as FORMULAS } from "../page/objectives.js";
import { logitsOf, place, prediction, restingPoint, triangle } from "./gradient.js";

const OBJECTIVES = Object.keys(FORMULAS);
// One scale for all settings of an objective, so that a bar half as high is a gradient half as large.
export const SCALE = { "labels": 1, "log-probs": 6, "logits": 4, "logits centred": 4, "soft targets": 2, "mixed": 2, "reverse KL": 4 };
const SETTLED = 700; // milliseconds: what stood that long is shown as a ghost beside what follows
const usesT = (objective) => OBJECTIVES.indexOf(objective) > 3;

const LIMIT = 6;
const NAMES = ["objective", "student_logits", "teacher_logits", "label", "temperature", "alpha"];

// What the objective compares: up to two pairs of bars, student solid and target hatched.
export function comparisons({ objective, z, v, label, T, alpha }) {
  const p = softmax(z), q = softmax(v), Y = oneHot(label, z.length), chance = { low: 0, high: 1 };
  const pair = (title, student, target, values, axis = chance) =>
    ({ title, series: [{ name: student, values: values[0] }, { name: target, values: values[1] }], ...axis });
  const opinion = pair("Predictions", "p, student", "q, teacher", [p, q]);
  const softened = pair(`Softened, T = ${short(T)}`, "p_T, student", "q_T, target", [softmax(z, T), softmax(v, T)]);
  const outputs = (title, s, t, values) => {
    const all = values.flat(), low = Math.min(-1, ...all), high = Math.max(1, ...all), air = (high - low) * 0.12;
    return pair(title, s, t, values, { low: low - air, high: high + air });
  };
  switch (objective) {
    case "labels": return [pair("Prediction and target", "p, student", "Y, target", [p, Y])];
    case "log-probs": return [opinion, outputs("Outputs", "z, student", "log q, target", [z, logSoftmax(v)])];
    case "logits": return [opinion, outputs("Logits", "z, student", "v, target", [z, v])];
    case "logits centred": return [opinion, outputs("Centred logits", "z, student", "v, target", [centred(z), centred(v)])];
    case "soft targets": case "reverse KL": return T === 1 ? [pair("Prediction and target", "p, student", "q, target", [p, q])] : [opinion, softened];
    default: {
      if (T !== 1) return [pair("Label term", "p, student", "Y, target", [p, Y]), softened];
      const mix = q.map((x, k) => alpha * x + (1 - alpha) * Y[k]);
      return [pair("Prediction and target", "p, student", "mix of q and Y", [p, mix])];
    }
  }
}

// The sign of the true class in words, as kdlib.widgets.explorers says it.
export function direction(g, label) {
  if (Math.abs(g[label]) < 0.0005) return "true class left alone";
  return g[label] > 0 ? "true class pushed down" : "true class pushed up";
}

function sentence(state, classes, g, rest) {
  const p = softmax(state.z), settings = usesT(state.objective) ? `, T = ${short(state.T)}` : "";
  const alpha = state.objective === "mixed" ? `, alpha = ${fixed(state.alpha)}` : "";
  let end = "No point has zero gradient: the pull towards the label never ends.";
  if (rest) end = `The gradient is zero at ${classes.map((name, k) => `${name} ${percent(rest[k])}`).join(", ")}`;
  if (rest && (state.objective === "log-probs" || state.objective === "logits")) {
    const asked = state.objective === "logits" ? logSumExp(state.v) : 0;
    end += `, and only where the three exp(z) sum to ${short(Math.exp(asked))}; they sum to ${short(Math.exp(logSumExp(state.z)))}`;
  }
  return `${state.objective}${settings}${alpha}: ${direction(g, state.label)}. The student gives ${classes[state.label]} `
    + `${percent(p[state.label])}, its gradient is ${fixed(g[state.label], 3)}. ${end}${rest ? "." : ""}`;
}

function render({ model, el }) {
  const parts = card(el, "Gradient explorer", "A step goes against the gradient: where dL/dz is positive, the logit goes down.");
  const classes = model.get("classes");
  const read = () => ({
    objective: model.get("objective"), z: [...model.get("student_logits")], v: [...model.get("teacher_logits")],
    label: model.get("label"), T: model.get("temperature"), alpha: model.get("alpha"),
  });

  const loss = group(parts.controls, "Loss");
  const objective = choice(loss, "Objective", OBJECTIVES, (k) => send(model, "objective", OBJECTIVES[k]));
  const label = choice(loss, "True class", classes, (k) => send(model, "label", k));
  const T = slider(loss, "T, temperature", TEMPERATURE, (x) => send(model, "temperature", x));
  const alpha = slider(loss, "alpha", { min: 0, max: 1, step: 0.05 }, (x) => send(model, "alpha", x));
  const logits = (title, symbol, trait) => {
    const box = group(parts.controls, title);
    return classes.map((name, k) => slider(box, `${symbol}, ${name}`, { min: -LIMIT, max: LIMIT, step: 0.1 },
      (x) => send(model, trait, model.get(trait).map((old, j) => (j === k ? x : old)))));
  };
  const z = logits("Student logits z", "z", "student_logits");
  const v = logits("Teacher logits v", "v", "teacher_logits");

  const [left, right] = columns(parts.pictures);
  const plane = picture(left, 436, 396, "kd-plane");
  const pairs = [picture(right, 270, 240, "kd-chart"), picture(left, 270, 240, "kd-chart kd-last")];
  const slope = picture(right, 270, 240, "kd-chart");

  // The point is a button over the picture: inside role="img" a screen reader would not find it.
  const handle = button(plane.holder, "p", () => {});
  handle.className = "kd-handle";
  const moveTo = (x, y) => {
    const student = model.get("student_logits");
    send(model, "student_logits", logitsOf(prediction(x, y), student, LIMIT));
  };
  const follows = (event) => {
    const box = plane.svg.getBoundingClientRect(), unit = 436 / box.width;
    moveTo((event.clientX - box.left) * unit, (event.clientY - box.top) * unit);
  };
  handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); });
  handle.addEventListener("pointermove", (event) => { if (handle.hasPointerCapture(event.pointerId)) follows(event); });
  plane.svg.addEventListener("click", follows);
  handle.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const [x, y] = place(softmax(model.get("student_logits"))), far = event.shiftKey ? 32 : 6;
    moveTo(x + way[0] * far, y + way[1] * far);
  });

  let before = null, shownAt = 0, ghost = null;
  const update = () => {
    const s = read(), g = gradient(s), rest = restingPoint(s), p = softmax(s.z), [x, y] = place(p);
    objective.set(OBJECTIVES.indexOf(s.objective));
    label.set(s.label);
    T.set(s.T, usesT(s.objective));
    alpha.set(s.alpha, s.objective === "mixed");
    z.forEach((one, k) => one.set(s.z[k]));
    v.forEach((one, k) => one.set(s.v[k]));
    const words = classes.map((name, k) => `${name} ${percent(p[k])}`).join(", ");
    plane.draw(triangle(s, classes, rest), `Triangle of predictions with the push at each point. Student at ${words}. `
      + (rest ? `Zero gradient at ${rest.map(percent).join(", ")}.` : "No point of zero gradient."));
    handle.style.left = `${(100 * x) / 436}%`;
    handle.style.top = `${(100 * y) / 396}%`;
    handle.setAttribute("aria-label", `Student's prediction: ${words}. Arrow keys move it, with Shift in large steps.`);
    const shown = comparisons(s);
    pairs.forEach((chart, i) => {
      if (!shown[i]) { chart.hide(); return; }
      const said = shown[i].series.map((one) => `${one.name}: ${one.values.map((u) => fixed(u)).join(", ")}`).join("; ");
      chart.draw(bars(chart.id, { ...shown[i], classes, strong: s.label }), `${shown[i].title}. ${said}.`);
    });
    const now = performance.now();
    if (now - shownAt > SETTLED) ghost = before;
    [before, shownAt] = [g, now];
    let size = SCALE[s.objective];
    while (Math.max(...[...g, ...(ghost ?? [])].map(Math.abs)) > size) size *= 2; // rare: the ticks say it
    const way = (u) => (Math.abs(u) < 0.0005 ? "stays" : u > 0 ? "▼ down" : "▲ up");
    const ways = g.map((u, k) => (k === s.label ? `true, ${way(u)}` : way(u)));
    slope.draw(bars(slope.id, {
      title: "Gradient dL/dz, one person", note: "above 0: a step moves the logit down", 
      series: [{ name: "", values: g }], classes, low: -size, high: size, extra: ways, strong: s.label, ghost,
      ticks: [-size, -size / 2, 0, size / 2, size],
    }), `Gradient of the loss: ${g.map((u, k) => `${classes[k]} ${fixed(u)}`).join(", ")}; ${direction(g, s.label)}.`);
    parts.status.textContent = sentence(s, classes, g, rest);
  };
  return follow(model, NAMES, parts, update);
}

export default { render };
