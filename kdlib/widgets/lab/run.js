// A run of the lab, as numbers: its networks, its name, and what is kept of it.

import { networkCells } from "../page/map.js";
import { network } from "../page/network.js";
import { fixed, known, mean } from "../page/numbers.js";

export const weightCount = (sizes) => sizes.slice(1).reduce((n, out, k) => n + out * (sizes[k] + 1), 0);

// Network number r of those that stand one behind the other in an array.
export function networkOf(view, sizes, r) {
  const count = weightCount(sizes);
  const all = new Float32Array(view.buffer, view.byteOffset, view.byteLength / 4), number = Math.min(r, all.length / count - 1);
  let at = number * count;
  return network(sizes.slice(1).map((out, k) => {
    const W = Array.from({ length: out }, (_, o) => Array.from(all.subarray(at + o * sizes[k], at + (o + 1) * sizes[k])));
    at += out * sizes[k];
    const b = Array.from(all.subarray(at, at + out));
    at += out;
    return { W, b };
  }));
}

export const networksOf = (view, sizes) =>
  Array.from({ length: view.byteLength / 4 / weightCount(sizes) }, (_, r) => networkOf(view, sizes, r));

// What the teacher of a student number thinks, worked out once.
export function teacherCells(run, student, sex, state) {
  const number = Math.min(student, run.teachers.length) - 1;
  return (run.teacherCells[[number, sex, state]] ??= networkCells(run.teachers[number], sex, state));
}

// An objective with the numbers that count in it, such as "mixed (T = 2, alpha = 0.5)".
export function objectiveOf(settings, uses) {
  const numbers = [["temperature", "T"], ["alpha", "alpha"]].filter(([name]) => uses[name].includes(settings.objective));
  return settings.objective + (numbers.length ? ` (${numbers.map(([name, word]) => `${word} = ${settings[name]}`).join(", ")})` : "");
}

// A run in words: objective and teacher, and whatever else differs from another run.
export function named(settings, { uses, rules }, other = settings) {
  const differing = Object.keys(rules).slice(3).filter((name) => name !== "teacher" && settings[name] !== other[name]);
  return [objectiveOf(settings, uses), `${settings.teacher} teacher`, ...differing.map((name) => `${rules[name].label.toLowerCase()} ${settings[name]}`)].join(", ");
}

export const counted = ({ seeds }) => `${seeds} student${seeds > 1 ? "s" : ""}`;

// Whether two runs have the same people and first draws, so that their students are pairs.
export const comparable = (a, b) => ["seeds", "seed", "rows", "world"].every((name) => a[name] === b[name]) && a.seeds > 1;

export const score = (frame, what) => fixed(mean(known(frame[what])), 3);

const scores = (frame) => `accuracy ${score(frame, "accuracy")}, agreement ${score(frame, "agreement")}`;

// What has come of a run, in a sentence.
export function summary(run, about) {
  const frame = run?.frames.at(-1);
  if (!frame) return "There is no result yet.";
  const { epochs } = run.settings, diverged = frame.diverged.filter(Boolean).length;
  return `${named(run.settings, about)}, ${counted(run.settings)}, ${frame.epoch < epochs ? `${frame.epoch} of ` : ""}${epochs} epochs: ${scores(frame)}.${
    diverged ? ` ${diverged} diverged: they stay at their last finite weights. Try a smaller step size.` : ""}`;
}

const NUMBERS = ["loss", "accuracy", "agreement"];

export function csv({ frames }) {
  const lines = frames.flatMap((frame) => frame.accuracy.map((_, r) => [frame.epoch, r + 1, ...NUMBERS.map((what) => frame[what][r] ?? "")].join(",")));
  return ["epoch,student,loss,accuracy,agreement", ...lines, ""].join("\n");
}

// What its line and those of the pinned ones are, in words.
export const legend = (run, pinned, about) => [run, ...pinned].map(({ settings, frames }, k) => {
  const end = frames.at(-1);
  return `${k ? `Pin ${k}` : "Now"}: ${named(settings, about, run.settings)}, ${counted(settings)}, ${end.epoch} epochs: ${scores(end)}`;
});

// Python that repeats it; a run that was stopped as far as it came.
export const call = ({ settings, frames }) => `from kdlib.widgets import Settings, finished\n\nend = finished(Settings(${
  Object.entries({ ...settings, epochs: frames.at(-1).epoch || settings.epochs }).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}))\nprint(end)\n`;
