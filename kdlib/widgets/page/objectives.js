// What a student is trained towards, as kdlib.objectives has it.
//
// z are the student's logits, v the teacher's. An objective makes `targets` of a row once, one array, and reads them
// from `at` on: `value` is the loss of one person, `residual` writes dL/dz into d. Nothing else is made in between:
// training lives here.

import { centred, logSoftmax, oneHot, softmax } from "./numbers.js";

const MOST = 16, p = new Float64Array(MOST), hard = new Float64Array(MOST); // classes

// into <- softmax(z / T), or its logarithm; returns it.
function soften(z, T, into, log = false) {
  const n = z.length;
  let top = z[0], all = 0;
  for (let k = 1; k < n; k++) if (z[k] > top) top = z[k];
  for (let k = 0; k < n; k++) all += into[k] = Math.exp((z[k] - top) / T);
  for (let k = 0; k < n; k++) into[k] = log ? (z[k] - top) / T - Math.log(all) : into[k] / all;
  return into;
}

function crossEntropy(z, t, at) {
  let all = 0;
  soften(z, 1, p, true);
  for (let k = 0; k < z.length; k++) all += t[at + k] * p[k];
  return -all;
}

function soft(z, t, at, T) {
  let all = 0;
  soften(z, T, p, true);
  for (let k = 0; k < z.length; k++) all += t[at + k] && t[at + k] * (Math.log(t[at + k]) - p[k]);
  return T * T * all;
}

function middle(z) {
  let all = 0;
  for (let k = 0; k < z.length; k++) all += z[k];
  return all / z.length;
}

// Mean squared error against the targets; `shift` is taken from z first.
const matching = (shift, targets) => ({
  targets,
  value(z, t, at) {
    const c = shift(z), n = z.length;
    let all = 0;
    for (let k = 0; k < n; k++) all += (z[k] - c - t[at + k]) ** 2;
    return all / n;
  },
  residual(z, t, at, d) {
    const c = shift(z), n = z.length;
    for (let k = 0; k < n; k++) d[k] = (z[k] - c - t[at + k]) * (2 / n);
  },
});

export const OBJECTIVES = {
  "labels": {
    targets: ({ label, classes }) => oneHot(label, classes),
    value: crossEntropy,
    residual(z, t, at, d) {
      soften(z, 1, p);
      for (let k = 0; k < z.length; k++) d[k] = p[k] - t[at + k];
    },
  },
  "log-probs": matching(() => 0, ({ v }) => logSoftmax(v)),
  "logits": matching(() => 0, ({ v }) => v),
  "logits centred": matching(middle, ({ v }) => centred(v)),
  "soft targets": {
    targets: ({ v, T }) => softmax(v, T),
    value: soft,
    residual(z, t, at, d, T) {
      soften(z, T, p);
      for (let k = 0; k < z.length; k++) d[k] = T * (p[k] - t[at + k]);
    },
  },
  "mixed": {
    targets: ({ v, T, label }) => [...softmax(v, T), ...oneHot(label, v.length)],
    value: (z, t, at, T, alpha) => alpha * soft(z, t, at, T) + (1 - alpha) * crossEntropy(z, t, at + z.length),
    residual(z, t, at, d, T, alpha) {
      soften(z, T, p);
      soften(z, 1, hard);
      const n = z.length;
      for (let k = 0; k < n; k++) d[k] = alpha * (T * (p[k] - t[at + k])) + (1 - alpha) * (hard[k] - t[at + n + k]);
    },
  },
  "reverse KL": {
    targets: ({ v, T }) => logSoftmax(v, T),
    value(z, t, at, T) {
      let all = 0;
      soften(z, T, p, true);
      for (let k = 0; k < z.length; k++) all += Math.exp(p[k]) * (p[k] - t[at + k]);
      return T * T * all;
    },
    residual(z, t, at, d, T) {
      let all = 0;
      soften(z, T, p, true);
      for (let k = 0; k < z.length; k++) all += Math.exp(p[k]) * (p[k] - t[at + k]);
      for (let k = 0; k < z.length; k++) d[k] = T * Math.exp(p[k]) * (p[k] - t[at + k] - all);
    },
  },
};

// The objective of that name; an error names what there is instead.
export function objectiveOf(name) {
  if (!Object.hasOwn(OBJECTIVES, name)) throw new Error(`there is no objective ${name}; choose from ${Object.keys(OBJECTIVES).join(", ")}`);
  return OBJECTIVES[name];
}

// dL/dz of one person for { objective, z, v, label, T, alpha }.
export function gradient({ objective, z, v, label, T, alpha }) {
  const { targets, residual } = objectiveOf(objective), d = z.map(() => 0);
  residual(z, targets({ v, T, label, classes: z.length }), 0, d, T, alpha);
  return d;
}
