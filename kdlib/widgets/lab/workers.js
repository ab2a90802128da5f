// A run of the lab in workers: each trains a share of the students, and the page hears what one worker would say.

import { runsOf } from "../page/engine.js";

const MOST = 4, OF_EACH = ["teachers", "diverged", "loss", "accuracy", "agreement"];

// The numbers of the students that each worker trains.
export function shares(settings, processors) {
  const runs = runsOf(settings), n = runs.length, count = Math.min(n, processors, MOST), cut = (k) => Math.floor((k * n) / count);
  return Array.from({ length: count }, (_, k) => runs.slice(cut(k), cut(k + 1)));
}

// The teachers of some students: their own, or the better one that is the same for all.
export const teachersOf = (teachers, runs) => (teachers.length > 1 ? runs.map((r) => teachers[r]) : teachers);

// The messages of all workers as one, the students in their order. A better teacher is the same everywhere.
export function joined(said, { teacher }) {
  const [[first, array]] = said;
  if (!array || said.length === 1 || (first.type === "teachers" && teacher === "better")) return said[0];
  const lists = OF_EACH.filter((key) => key in first).map((key) => [key, said.flatMap(([message]) => message[key])]);
  return [{ ...first, ...Object.fromEntries(lists) }, Float32Array.from(said.flatMap(([, part]) => [...part]))];
}

// Starts them and returns what ends them, or null where there are no workers; `refused` is called where that shows later.
export function inWorkers(source, settings, teachers, heard, refused) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" })), workers = [];
  const parts = shares(settings, navigator.hardwareConcurrency || 1), waiting = parts.map(() => []);
  let gone = false;
  const end = () => {
    gone = true;
    for (const worker of workers) worker.terminate();
    URL.revokeObjectURL(url);
  };
  const start = (runs, k) => {
    const worker = new Worker(url);
    workers.push(worker);
    worker.onmessage = ({ data }) => {
      if (gone) return;
      if (data[0].type === "failed") return heard(data);
      waiting[k].push(data);
      if (waiting.every((said) => said.length)) heard(joined(waiting.map((said) => said.shift()), settings));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (gone) return;
      end();
      refused();
    };
    worker.postMessage([{ ...settings, runs }, teachers && teachersOf(teachers, runs)]);
  };
  try {
    parts.forEach(start);
    return end;
  } catch {
    end();
    return null;
  }
}
