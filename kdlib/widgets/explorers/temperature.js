// The temperature explorer of chapter 05.

import { card, choice, element, follow, group, send, slider, TEMPERATURE } from "../page/controls.js";
import { bars, picture } from "../page/drawing.js";
import { fixed, percent, short, softmax } from "../page/numbers.js";

const TICKS = [["¼", 0.25], ["½", 0.5], ...[1, 2, 4, 8, 16, 32].map((t) => [t, t])];

// Norm of the soft term's gradient T (p_T - q_T) / B over all people; without T^2 it is this over T^2.
export function gradientNorm(students, teachers, T) {
  let sum = 0;
  students.forEach((z, row) => {
    const p = softmax(z, T), q = softmax(teachers[row], T);
    p.forEach((x, k) => { sum += (x - q[k]) ** 2; });
  });
  return (T * Math.sqrt(sum)) / students.length;
}

// A title has room for so much.
const cut = (text) => (text.length > 34 ? `${text.slice(0, 33)}…` : text);

const POINTS = Array.from({ length: 57 }, (_, i) => 2 ** (-2 + i / 8));
const W = 340, H = 280, LEFT = 44, RIGHT = 12, TOP = 62, BOTTOM = 46;

const raised = (e) => [...String(e)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]).join("");

// 0.01 or 10⁻⁴: the short one.
const power = (e) => (Math.abs(e) < 3 ? short(10 ** e) : `10${raised(e)}`);

// The norm against T with and without T^2, both axes logarithmic.
export function normChart(students, teachers, T) {
  const norms = POINTS.map((t) => gradientNorm(students, teachers, t)), bare = norms.map((n, i) => n / POINTS[i] ** 2);
  const all = [...norms, ...bare].filter((n) => n > 0);
  if (!all.length) return `<text x="${W / 2}" y="40" class="kd-mid">The student already agrees: every gradient is zero.</text>`;
  const low = Math.floor(Math.log10(Math.min(...all))), high = Math.ceil(Math.log10(Math.max(...all)));
  const x = (t) => LEFT + ((Math.log2(t) + 2) / 7) * (W - LEFT - RIGHT);
  const y = (n) => H - BOTTOM - ((Math.log10(Math.max(n, 10 ** low)) - low) / Math.max(1, high - low)) * (H - TOP - BOTTOM);
  const line = (values, cls) => {
    const points = values.map((n, i) => `${x(POINTS[i]).toFixed(1)} ${y(n).toFixed(1)}`);
    return `<path class="kd-line ${cls}" d="M${points.join("L")}"/>`;
  };
  const step = Math.max(1, Math.ceil((high - low) / 6));
  let out = `<text x="4" y="17" class="kd-title">Norm of dL/dz, soft term, ${students.length} people</text>`;
  for (let e = low; e <= high; e += step) {
    out += `<line class="kd-grid" x1="${LEFT}" x2="${W - RIGHT}" y1="${y(10 ** e)}" y2="${y(10 ** e)}"/>`
      + `<text x="${LEFT - 8}" y="${y(10 ** e) + 4.5}" class="kd-end">${power(e)}</text>`;
  }
  for (const [name, t] of TICKS) out += `<text x="${x(t)}" y="${H - BOTTOM + 19}" class="kd-mid">${name}</text>`;
  const now = gradientNorm(students, teachers, T), without = now / T ** 2;
  out += `<text x="${(LEFT + W - RIGHT) / 2}" y="${H - 8}" class="kd-mid">T, temperature (log scale)</text>`
    + `<line x1="${LEFT}" x2="${W - RIGHT}" y1="${H - BOTTOM}" y2="${H - BOTTOM}" class="kd-axis"/>`
    + `<line x1="${x(T)}" x2="${x(T)}" y1="${TOP - 6}" y2="${H - BOTTOM}" class="kd-now"/>`
    + line(norms, "kd-with") + line(bare, "kd-without")
    + `<circle class="kd-with-dot" cx="${x(T)}" cy="${y(now)}" r="6"/>`
    + `<rect class="kd-without-dot" x="${x(T) - 5.5}" y="${y(without) - 5.5}" width="11" height="11"/>`;
  const entry = (left, cls, dot, words) =>
    `<path class="kd-line ${cls}" d="M${left} 36h30"/>${dot}<text x="${left + 35}" y="40.5">${words}</text>`;
  return out + entry(4, "kd-with", '<circle class="kd-with-dot" cx="19" cy="36" r="5"/>', `with T²: ${short(now)}`)
    + entry(168, "kd-without", '<rect class="kd-without-dot" x="178.5" y="31.5" width="9" height="9"/>', `without: ${short(without)}`);
}

function render({ model, el }) {
  const parts = card(el, "Temperature explorer", "Soft targets q_T = softmax(v / T), and the gradient they make.");
  const classes = model.get("classes"), people = model.get("people");
  const setting = group(parts.controls, "Setting");
  const T = slider(setting, "T, temperature", TEMPERATURE, (x) => send(model, "temperature", x));
  const who = group(parts.controls, "People: sex, age in years, state, income a year");
  const letters = model.get("chosen").map((_, i) => String.fromCharCode(65 + i));
  const chosen = letters.map((letter, i) => choice(who, `Person ${letter}`, people, (k) =>
    send(model, "chosen", model.get("chosen").map((old, j) => (j === i ? k : old)))));
  const row = element("div", { class: "kd-pairs" });
  parts.pictures.classList.add("kd-stacked");
  parts.pictures.append(row);
  const charts = letters.map(() => picture(row, 270, 222, "kd-chart"));
  const curve = picture(row, W, H, "kd-curve");

  const update = () => {
    const t = model.get("temperature"), rows = model.get("chosen");
    const students = model.get("student_logits"), teachers = model.get("teacher_logits");
    T.set(t);
    const said = rows.map((person, i) => {
      chosen[i].set(person);
      const q = softmax(teachers[person]), soft = softmax(teachers[person], t);
      const series = [{ name: "q, T = 1", values: q }, { name: `q_T, T = ${short(t)}`, values: soft }];
      const words = classes.map((name, k) => `${name} ${fixed(soft[k])}`).join(", ");
      charts[i].draw(bars(charts[i].id, { title: cut(`${letters[i]}: ${people[person]}`), series, classes, low: 0, high: 1 }),
        `Soft targets of person ${letters[i]}, ${people[person]}, at T = ${short(t)}: ${words}.`);
      return `${letters[i]} ${classes[soft.indexOf(Math.max(...soft))]} ${percent(Math.max(...soft))}`;
    });
    const norm = gradientNorm(students, teachers, t);
    curve.draw(normChart(students, teachers, t), `Gradient norm against T. At T = ${short(t)} it is ${short(norm)} with T squared, `
      + `${short(norm / t ** 2)} without.`);
    parts.status.textContent = `T = ${short(t)}: most probable for the teacher are ${said.join(", ")}. The gradient norm is ${short(norm)} `
      + `with T² and ${short(norm / t ** 2)} without; T² is ${short(t * t)}.`;
  };
  return follow(model, ["temperature", "chosen", "student_logits", "teacher_logits"], parts, update);
}

export default { render };
