// The person explorer of chapters 01 to 03.

import { button, card, choice, element, follow, group, send, slider } from "../page/controls.js";
import { bars, picture } from "../page/drawing.js";
import { forward, network } from "../page/network.js";
import { fixed, percent, softmax } from "../page/numbers.js";
import { divergence, drawn, encode, posterior, SEXES, STATES } from "../page/people.js";

// Logits of a network that is saved as [[W, b], ...].
export const logits = (layers, x) => Array.from(forward(network(layers.map(([W, b]) => ({ W, b }))), x));

const money = (x) => `$${Math.round(x).toString().replace(/\B(?=(\d{3})+$)/g, ",")}`;

function render({ model, el }) {
  const parts = card(el, "Person explorer", "One person: what is true, what the networks say, and the one label that a file would hold.");
  const classes = model.get("classes");
  const who = group(parts.controls, "Person");
  const sex = choice(who, "Sex", SEXES, (k) => send(model, "sex", SEXES[k]));
  const state = choice(who, "State", STATES, (k) => send(model, "state", STATES[k]));
  const age = slider(who, "Age", { min: 18, max: 80, step: 1, show: (x) => `${x} years` }, (x) => send(model, "age", x));
  const income = slider(who, "Income", { min: 20000, max: 90000, step: 1000, show: (x) => `${money(x)} a year` },
    (x) => send(model, "income", x));
  button(group(parts.controls, "Label"), "Draw another label", () => send(model, "draw", Math.random()));

  parts.pictures.classList.add("kd-stacked");
  const row = element("div", { class: "kd-pairs" });
  parts.pictures.append(row);
  const charts = Object.fromEntries(["truth", "teacher", "student", "label"].map((name) => [name, picture(row, 270, 222, "kd-chart")]));

  const firstDraw = model.get("draw"); // where Reset leads: nothing has been drawn there
  let tally = null, drawnFor = "", lastDraw = firstDraw;
  const update = () => {
    const person = Object.fromEntries(["sex", "age", "state", "income"].map((name) => [name, model.get(name)]));
    const x = encode(person), truth = posterior(x), label = drawn(truth, model.get("draw"));
    sex.set(SEXES.indexOf(person.sex));
    state.set(STATES.indexOf(person.state));
    age.set(person.age);
    income.set(person.income);
    const said = [];
    const show = (name, title, note, p) => {
      const words = classes.map((one, k) => `${one} ${fixed(p[k])}`).join(", ");
      const series = [{ name: "", values: p }];
      charts[name].draw(bars(charts[name].id, { title, note, series, classes, low: 0, high: 1, strong: label }), `${title}: ${words}.`);
      const best = p.indexOf(Math.max(...p));
      if (name !== "label") said.push(`${name} ${classes[best]} ${percent(p[best])}`);
    };
    show("truth", "Truth p(politics | person)", "the world's own probabilities", truth);
    for (const name of ["teacher", "student"]) {
      const layers = model.get(name);
      if (!layers) { charts[name].hide(); continue; }
      const p = softmax(logits(layers, x));
      show(name, name === "teacher" ? "Teacher q" : "Student p", `KL from the truth ${fixed(divergence(truth, p))} nats`, p);
    }
    const who = JSON.stringify(person), oneHot = classes.map((_, k) => (k === label ? 1 : 0));
    if (who !== drawnFor || model.get("draw") === firstDraw) [tally, drawnFor] = [classes.map(() => 0), who];
    else if (model.get("draw") !== lastDraw) tally[label] += 1;
    lastDraw = model.get("draw");
    const draws = tally.reduce((a, b) => a + b), counted = tally.join(" + ");
    show("label", "Label Y, one-hot", draws ? `drawn so far: ${counted} of ${draws}` : `drawn by chance: ${classes[label]}`, oneHot);
    parts.status.textContent = `${person.sex}, ${person.age} years, ${person.state}, ${money(person.income)} a year. `
      + `Most probable: ${said.join(", ")}. The label drawn is ${classes[label]}; `
      + `its probability is ${percent(truth[label])}.${draws ? ` Drawn so far: ${classes.map((name, k) => `${name} ${tally[k]}`).join(", ")}.` : ""}`;
  };
  return follow(model, ["sex", "age", "state", "income", "draw", "teacher", "student"], parts, update);
}

export default { render };
