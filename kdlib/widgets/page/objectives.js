// What a student is trained towards, as kdlib.objectives has it.
//
// z are the student's logits, v the teacher's. An objective makes `targets` of a row once, one array, and reads them
// from `at` on: `value` is the loss of one person, `residual` writes dL/dz into d. Nothing else is made in between:
// training lives here.

import { centred, logSoftmax, oneHot, softmax } from "./numbers.js";

const p = new Float64Array(3), hard = new Float64Array(3);

// into <- softmax(z / T), or its logarithm; returns it.
function soften(z, T, into, log = false) {
  const top = Math.max(z[0], z[1], z[2]);
  let all = 0;
  for (let k = 0; k < 3; k++) all += into[k] = Math.exp((z[k] - top) / T);
  for (let k = 0; k < 3; k++) into[k] = log ? (z[k] - top) / T - Math.log(all) : into[k] / all;
  return into;
}

function crossEntropy(z, t, at) {
  soften(z, 1, p, true);
  return -(t[at] * p[0] + t[at + 1] * p[1] + t[at + 2] * p[2]);
}

function soft(z, t, at, T) {
  let all = 0;
  soften(z, T, p, true);
  for (let k = 0; k < 3; k++) all += t[at + k] && t[at + k] * (Math.log(t[at + k]) - p[k]);
  return T * T * all;
}

// Mean squared error against the targets; `shift` is taken from z first.
const matching = (shift, targets) => ({
  targets,
  value(z, t, at) {
    const c = shift(z);
    return ((z[0] - c - t[at]) ** 2 + (z[1] - c - t[at + 1]) ** 2 + (z[2] - c - t[at + 2]) ** 2) / 3;
  },
  residual(z, t, at, d) {
    const c = shift(z);
    for (let k = 0; k < 3; k++) d[k] = (z[k] - c - t[at + k]) * (2 / 3);
  },
});

export const OBJECTIVES = {
  "labels": {
    targets: ({ label }) => oneHot(label),
    value: crossEntropy,
    residual(z, t, at, d) {
      soften(z, 1, p);
      for (let k = 0; k < 3; k++) d[k] = p[k] - t[at + k];
    },
  },
  "log-probs": matching(() => 0, ({ v }) => logSoftmax(v)),
  "logits": matching(() => 0, ({ v }) => v),
  "logits centred": matching((z) => (z[0] + z[1] + z[2]) / 3, ({ v }) => centred(v)),
  "soft targets": {
    targets: ({ v, T }) => softmax(v, T),
    value: soft,
    residual(z, t, at, d, T) {
      soften(z, T, p);
      for (let k = 0; k < 3; k++) d[k] = T * (p[k] - t[at + k]);
    },
  },
  "mixed": {
    targets: ({ v, T, label }) => [...softmax(v, T), ...oneHot(label)],
    value: (z, t, at, T, alpha) => alpha * soft(z, t, at, T) + (1 - alpha) * crossEntropy(z, t, at + 3),
    residual(z, t, at, d, T, alpha) {
      soften(z, T, p);
      soften(z, 1, hard);
      for (let k = 0; k < 3; k++) d[k] = alpha * (T * (p[k] - t[at + k])) + (1 - alpha) * (hard[k] - t[at + 3 + k]);
    },
  },
  "reverse KL": {
    targets: ({ v, T }) => logSoftmax(v, T),
    value(z, t, at, T) {
      let all = 0;
      soften(z, T, p, true);
      for (let k = 0; k < 3; k++) all += Math.exp(p[k]) * (p[k] - t[at + k]);
      return T * T * all;
    },
    residual(z, t, at, d, T) {
      let all = 0;
      soften(z, T, p, true);
      for (let k = 0; k < 3; k++) all += Math.exp(p[k]) * (p[k] - t[at + k]);
      for (let k = 0; k < 3; k++) d[k] = T * Math.exp(p[k]) * (p[k] - t[at + k] - all);
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
  const { targets, residual } = objectiveOf(objective), d = [0, 0, 0];
  residual(z, targets({ v, T, label }), 0, d, T, alpha);
  return d;
}
