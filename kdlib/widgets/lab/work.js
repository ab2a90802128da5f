// A run of the lab in the page: what kdlib's lab sends from its kernel, made by the page's engine.

import { steps, teach } from "../page/engine.js";
import { accuracy, agreement, choices } from "../page/measure.js";

// Networks as one array: for each W and b of every layer.
export const flat = (networks) => Float32Array.from(networks.flatMap((layers) => layers.flatMap(({ W, b }) => [...W.flat(), ...b])));

// Yields [message, array], or nothing where only time has passed.
export function* work(settings, teachers) {
  const { world = "people" } = settings, choose = (layers) => choices(layers, world), score = (chosen) => accuracy(chosen, world);
  if (!teachers) teachers = yield* progress(teach(settings));
  const sizes = [teachers[0][0].W[0].length, ...teachers[0].map(({ b }) => b.length)], theirs = teachers.map(choose);
  yield [{ type: "teachers", sizes, teachers }, flat(teachers)];
  for (const frame of steps(settings, teachers)) {
    if (!frame) { yield null; continue; }
    const chosen = frame.students.map(choose), { epoch, diverged, loss } = frame;
    const scores = { accuracy: chosen.map(score), agreement: chosen.map((one, r) => agreement(one, theirs[Math.min(r, theirs.length - 1)])) };
    yield [{ type: "frame", epoch, diverged, loss: loss.map((x) => (Number.isFinite(x) ? x : null)), ...scores }, flat(frame.students)];
  }
  yield [{ type: "done" }];
}

function* progress(teaching) {
  for (;;) {
    const { done, value } = teaching.next();
    if (done) return value;
    yield null;
  }
}

// In a worker: one run, message by message.
export default function listen() {
  self.onmessage = ({ data: [settings, teachers] }) => {
    try {
      for (const message of work(settings, teachers)) if (message) self.postMessage(message);
    } catch (error) {
      self.postMessage([{ type: "failed", words: `This did not work: ${error.message}.` }]);
    }
  };
}
