// The words explorer of chapter 11: a dial from forward to reverse KL, and the best speaker with one word of memory.

import { button, card, choice, element, follow, group, send, slider } from "../page/controls.js";
import { picture } from "../page/drawing.js";
import { fixed, percent } from "../page/numbers.js";
import { bestSpeaker, massByRank, scores, speak, spokenBy, truthOf } from "../page/speaker.js";

const SEASONS = ["Summers", "Winters"], W = 270, H = 222, LEFT = 42, RIGHT = 20, TOP = 46, BOTTOM = 42;
const across = (x) => LEFT + x * (W - LEFT - RIGHT), up = (y) => H - BOTTOM - y * (H - TOP - BOTTOM);

const frame = (title, below, ticks) => [0, 0.5, 1].map((y) =>
  `<line class="kd-grid" x1="${LEFT}" x2="${W - RIGHT}" y1="${up(y)}" y2="${up(y)}"/><text class="kd-end" x="${LEFT - 6}" y="${up(y) + 4.5}">${percent(y)}</text>`).join("")
  + ticks.map(([x, name]) => `<text class="kd-mid" x="${across(x)}" y="${H - BOTTOM + 18}">${name}</text>`).join("")
  + `<text x="4" y="16" class="kd-title">${title}</text><text class="kd-mid" x="${(LEFT + W) / 2}" y="${H - 6}">${below}</text>`
  + `<line class="kd-axis" x1="${LEFT}" x2="${W - RIGHT}" y1="${up(0)}" y2="${up(0)}"/>`;

// Truth and student: the mass of a season's sentences, the truth's most probable first, on a logarithmic axis.
export function massChart(season, [truth, student]) {
  const last = Math.log10(truth.length), ticks = [0, 1, 2, 3].map((d) => [d / last, 10 ** d]);
  const path = (mass) => Array.from({ length: 81 }, (_, i) => i / 80)
    .map((x) => `${across(x).toFixed(1)} ${up(mass[Math.round(10 ** (x * last)) - 1]).toFixed(1)}`).join("L");
  return frame(`${SEASONS[season]}: ${percent(student.at(-1))} of what it says`, "sentences, probable ones first", ticks)
    + `<path class="kd-line kd-with" d="M${path(student)}"/><path class="kd-line kd-without" d="M${path(truth)}"/>`
    + `<path class="kd-line kd-with" d="M4 30h24"/><text x="33" y="34.5">student</text>`
    + `<path class="kd-line kd-without" d="M112 30h24"/><text x="141" y="34.5">truth</text>`;
}

// Where the dial has been: precision and recall of every best speaker seen so far, the present one last.
export function planeChart(seen, now) {
  const dot = ({ precision, recall }, r, cls) => `<circle class="${cls}" cx="${across(precision)}" cy="${up(recall)}" r="${r}"/>`;
  const points = [...seen].sort((a, b) => a.dial - b.dial), line = points.map((s) => `${across(s.precision)} ${up(s.recall)}`).join("L");
  return frame("Recall against precision", "precision: typical of the truth", [[0, "0%"], [0.5, "50%"], [1, "100%"]])
    + `<path d="M${line}" fill="none" stroke="#767676" stroke-width="1.5"/>${points.map((s) => dot(s, 3, "kd-seen")).join("")}`
    + `${dot(now, 7, "kd-with-dot")}<text x="4" y="34.5">each dot a dial that you set</text>`;
}

export const sentence = (dial, now) =>
  `Dial ${fixed(dial)}: ${percent(now.precision)} of what the student says is typical of the truth, ${percent(now.recall)} of what the truth says `
  + `is typical of the student. Its rarer season has ${percent(now.rarer)}. Forward KL ${fixed(now.forward)}, reverse KL ${fixed(now.reverse)} nats.`;

function render({ model, el }) {
  const parts = card(el, "Words explorer", "A student that remembers one word, and the best it can do.");
  const languages = model.get("languages"), known = languages.map(() => ({ seen: new Map() }));
  const setting = group(parts.controls, "Objective");
  const dial = slider(setting, "dial: forward to reverse", { min: 0, max: 1, step: 0.05 }, (x) => send(model, "dial", x));
  const which = choice(setting, "Language", languages.map((_, k) => `language ${k + 1}`), (k) => send(model, "language", k));
  const voice = group(parts.controls, "What the student says");
  const said = element("p", { class: "kd-said" }, "Not a word yet.");
  let clock = null;
  const mute = () => { clearInterval(clock); clock = null; talk.textContent = "Let it speak"; };
  const talk = button(voice, "Let it speak", () => {
    if (clock) return mute();
    talk.textContent = "Be quiet";
    say();
    clock = setInterval(() => (el.isConnected ? say() : mute()), 1000);
  });
  voice.append(said);
  const row = element("div", { class: "kd-pairs" });
  parts.pictures.classList.add("kd-stacked");
  parts.pictures.append(row);
  const charts = SEASONS.map(() => picture(row, W, H, "kd-chart")), plane = picture(row, W, H, "kd-chart");

  const now = () => {
    const k = model.get("language"), at = model.get("dial"), { seen } = known[k];
    known[k].truth ??= truthOf(languages[k]);
    if (!seen.has(at)) {
      const best = bestSpeaker(languages[k], at), p = spokenBy(best.z);
      seen.set(at, { dial: at, ...best, p, ...scores(p, known[k].truth) });
    }
    return { ...seen.get(at), truth: known[k].truth, before: [...seen.values()] };
  };
  const say = () => {
    const { z, truth } = now(), { words, number } = speak(z, Array.from({ length: 6 }, Math.random));
    said.textContent = `${words} (the truth: ${truth[number] > 1e-3 ? `${fixed(100 * truth[number], 1)}%` : "under 0.1%"})`;
  };
  const update = () => {
    const best = now(), masses = massByRank([best.truth, best.p], best.truth);
    dial.set(best.dial);
    which.set(model.get("language"));
    masses.forEach((both, season) => charts[season].draw(massChart(season, both),
      `${SEASONS[season]}: the truth gives them ${percent(both[0].at(-1))}, the student ${percent(both[1].at(-1))}.`));
    plane.draw(planeChart(best.before, best), `Precision ${percent(best.precision)}, recall ${percent(best.recall)}.`);
    parts.status.textContent = sentence(best.dial, best);
  };
  const forget = follow(model, ["dial", "language"], parts, update);
  return () => { mute(); forget(); };
}

export default { render };
