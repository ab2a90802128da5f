// The person explorer of chapters 01 to 03. common.js stands in front of this file.

const SEXES = ["male", "female"];
const STATES = ["michigan", "nebraska", "oklahoma"];

// ---- the world and the networks, as in kdlib.worlds.people and kdlib.models ----------------------------------------------

export function encode({ sex, age, state, income }) {
  return [sex === "male" ? -1 : 1, age / 100, ...STATES.map((name) => (name === state ? 1 : 0)), income / 100000];
}

// The true class probabilities: softmax of three times the world's scores.
export function posterior([sex, age, michigan, nebraska, oklahoma, income]) {
  const u = (age - 0.49) / 0.18, v = (income - 0.55) / 0.2;
  const conservative = 0.9 * u + 0.9 * v + 0.7 * nebraska - 0.3 * michigan - 0.35 * sex + 0.5 * u * v * oklahoma;
  const liberal = -u - 0.7 * v + 0.7 * michigan - 0.3 * nebraska + 0.45 * sex - 0.4 * Math.max(0, u - 1);
  const moderate = 0.8 * Math.exp(-(u ** 2)) + 0.6 * Math.exp(-((v + 0.2) ** 2)) - 0.5 + 0.25 * oklahoma;
  return softmax([3 * conservative, 3 * moderate, 3 * liberal]);
}

// A tanh network from its layers [[W, b], ...]: features to logits.
export function forward(layers, x) {
  return layers.reduce((h, [W, b], depth) => {
    const out = W.map((row, i) => row.reduce((sum, w, j) => sum + w * h[j], b[i]));
    return depth + 1 < layers.length ? out.map(Math.tanh) : out;
  }, x);
}

// The class that a uniform number u draws from the probabilities.
export const drawn = (p, u) => (u > p[0] ? 1 : 0) + (u > p[0] + p[1] ? 1 : 0);

// KL from the truth to a model, in nats.
export const divergence = (truth, p) => truth.reduce((sum, t, k) => sum + (t > 0 ? t * Math.log(t / p[k]) : 0), 0);

// ---- the view -------------------------------------------------------------------------------------------------------

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
      const p = softmax(forward(layers, x));
      show(name, name === "teacher" ? "Teacher q" : "Student p", `KL from the truth ${fixed(divergence(truth, p))} nats`, p);
    }
    const u = fixed(model.get("draw"), 3), oneHot = classes.map((_, k) => (k === label ? 1 : 0));
    show("label", "Label Y, one-hot", `drawn with u = ${u}: ${classes[label]}`, oneHot);
    parts.status.textContent = `${person.sex}, ${person.age} years, ${person.state}, ${money(person.income)} a year. `
      + `Most probable: ${said.join(", ")}. The label drawn with u = ${u} is ${classes[label]}; `
      + `its probability is ${percent(truth[label])}.`;
  };
  return follow(model, ["sex", "age", "state", "income", "draw", "teacher", "student"], parts, update);
}

export default { render };
