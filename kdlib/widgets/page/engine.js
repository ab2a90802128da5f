// Trains the students of a lab: the same people, teachers, first weights, shuffles and float64 steps as kdlib's cohorts.

import { backward, copy, forward, initialLayers, isFinite, layersOf, network, step, stream } from "./network.js";
import { objectiveOf } from "./objectives.js";
import { WORLDS } from "./worlds.js";

// Those of kdlib.widgets.Settings.
export const DEFAULTS = {
  objective: "log-probs", temperature: 2, alpha: 0.5, lr: 0.005, batch_size: 10, epochs: 2000, hidden: 8, rows: 200,
  teacher: "equal", seeds: 8, seed: 0, world: "people",
};
const POINTS = 40;

// The epochs at which a run is kept: even steps for the pace, and even ratios for a logarithmic axis.
export function measuredAt(epochs) {
  const points = new Set([epochs]);
  for (let k = 0; k < POINTS; k++) {
    points.add(Math.floor((epochs * k) / POINTS + 0.5));
    points.add(Math.floor(epochs ** (k / POINTS) + 0.5));
  }
  return [...points].sort((a, b) => a - b);
}

// The numbers of the runs: all of them, or the share of one of several workers.
export const runsOf = ({ seeds, runs }) => runs ?? Array.from({ length: seeds }, (_, r) => r);

// Training people of a run's own.
const peopleOf = (s, r) => WORLDS[s.world].rows(s.rows, 100 * (s.seed + 1) + r);

// One network that learns from its people, epoch after epoch; one that diverges stays where it was an epoch before.
class Learner {
  constructor({ layers, people, objective, v = [], settings, batch, lr, shuffles }) {
    const { temperature: T, alpha, world } = settings, { inputs, classes } = WORLDS[world];
    const rows = Array.from(people.y, (label, i) => objective.targets({ v: v[i], label, T, classes }));
    Object.assign(this, { people, inputs, objective, batch, lr, shuffles, T, alpha, width: rows[0].length, epoch: 0, diverged: false });
    this.targets = Float64Array.from(rows.flat());
    this.net = network(layers);
    this.kept = network(layers);
  }

  learn() {
    this.epoch += 1;
    if (this.diverged) return;
    const { net, batch, lr, objective, targets, width, inputs, T, alpha, people: { x, y } } = this, n = y.length;
    const order = this.shuffles.permutation(n), d = net.at(-1).d;
    for (let begin = 0; begin < n; begin += batch) {
      const end = Math.min(n, begin + batch);
      for (let i = begin; i < end; i++) {
        const row = order[i];
        objective.residual(forward(net, x, inputs * row), targets, width * row, d, T, alpha);
        backward(net, x, inputs * row);
      }
      step(net, -lr / (end - begin));
    }
    this.diverged = !net.every(isFinite);
    if (this.diverged) copy(this.kept, net);
    else copy(net, this.kept);
  }

  // The objective's value, mean over the training people.
  loss() {
    const { net, objective, targets, width, inputs, T, alpha, people: { x, y } } = this;
    let all = 0;
    for (let row = 0; row < y.length; row++) all += objective.value(forward(net, x, inputs * row), targets, width * row, T, alpha);
    return all / y.length;
  }
}

// Trains the teachers, [layers] for each run or one better one for all; yields the epochs done.
export function* teach(settings) {
  const s = { ...DEFAULTS, ...settings }, { equal, better } = WORLDS[s.world], one = s.teacher === "better";
  if (one && better.layers) return [better.layers];
  const { sizes, lr, batch = Math.min(10, s.rows) } = one ? better : equal;
  const epochs = s.teacher === "untrained" ? 0 : (one ? better : equal).epochs, seed = one ? 0 : s.seed;
  const teachers = (one ? [0] : runsOf(s)).map((r) => new Learner({
    people: one ? better.rows() : peopleOf(s, r), objective: objectiveOf("labels"), settings: s, batch, lr,
    layers: initialLayers(sizes, stream(seed, r, 0)), shuffles: stream(seed, r, 1),
  }));
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const teacher of teachers) teacher.learn();
    yield epoch + 1;
  }
  return teachers.map(({ net }) => layersOf(net));
}

// A generator's end, whatever it yields on the way.
function endOf(steps) {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

// Trains the students and yields { epoch, students, diverged, loss }, each of the last three one per run; in between it
// yields nothing, after each epoch.
export function* steps(settings, teachers) {
  const s = { ...DEFAULTS, ...settings }, objective = objectiveOf(s.objective), nets = teachers.map(network), { inputs, classes } = WORLDS[s.world];
  const students = runsOf(s).map((r, k) => {
    const people = peopleOf(s, r), teacher = nets[Math.min(k, nets.length - 1)];
    return new Learner({
      people, objective, settings: s, batch: s.batch_size, lr: s.lr,
      v: Array.from(people.y, (_, i) => Array.from(forward(teacher, people.x, inputs * i))),
      layers: initialLayers([inputs, s.hidden, classes], stream(s.seed + 1, r, 0)), shuffles: stream(s.seed + 1, r, 1),
    });
  });
  for (const epoch of measuredAt(s.epochs)) {
    while (students.at(-1).epoch < epoch) {
      for (const student of students) student.learn();
      yield null;
    }
    yield {
      epoch,
      students: students.map(({ net }) => layersOf(net)),
      diverged: students.map((student) => student.diverged),
      loss: students.map((student) => student.loss()),
    };
  }
}

// The frames of a run, from its start to its end.
export function* train(settings, teachers = endOf(teach(settings))) {
  for (const frame of steps(settings, teachers)) if (frame) yield frame;
}
