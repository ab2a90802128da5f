// The lab's other side in a page without a kernel: it answers as training_lab.py does, from workers, or in slices of the
// page's own time where workers are refused.

import { work } from "./work.js";
import { inWorkers } from "./workers.js";

const MOST_PINS = 3, SLICE = 12;

export function trainer(model, source) {
  let end = () => {}, seen = null, known = {};
  const tell = (message, array) => model.hear(message, array ? [new DataView(array.buffer)] : []);
  const keyOf = ({ world, teacher, rows, seeds, seed }) => (teacher === "better" ? [world, teacher] : [world, teacher, rows, seeds, seed]).join();

  function run(settings) {
    const key = keyOf(settings), teachers = known.key === key ? known.teachers : null;
    end();
    seen = { settings, frames: [] };
    tell({ type: "run", settings });
    const heard = ([message, array]) => {
      if (message.type === "teachers") known = { key, teachers: message.teachers };
      if (message.type === "frame") seen.frames.push(message);
      tell(message, array);
      if (message.type === "done" || message.type === "failed") end();
    };
    const refused = () => (end = inSlices(settings, teachers, heard));
    end = inWorkers(source, settings, teachers, heard, refused) ?? refused();
  }

  function inSlices(settings, teachers, heard) {
    const messages = work(settings, teachers);
    let gone = false;
    const slice = () => {
      for (const until = performance.now() + SLICE; !gone && performance.now() < until;) {
        const { done, value } = messages.next();
        if (done) return;
        if (value) heard(value);
      }
      if (!gone) setTimeout(slice);
    };
    setTimeout(slice);
    return () => { gone = true; };
  }

  // A run that is repeated is the same to the last digit: one pin is enough.
  const isSeen = (one) => one.frames.at(-1).epoch === seen.frames.at(-1).epoch && JSON.stringify(one.settings) === JSON.stringify(seen.settings);
  const set = (name, value) => { model.set(name, value); };
  const settings = () => Object.fromEntries(Object.keys(model.get("rules")).map((name) => [name, model.get(name)]));
  return ({ do: what, number }) => {
    if (what === "run") run(settings());
    if (what === "stop") { end(); tell({ type: "stopped" }); }
    if (what === "pin" && seen?.frames.length && !model.get("pins").some(isSeen)) set("pins", [...model.get("pins"), seen].slice(-MOST_PINS));
    if (what === "unpin") set("pins", model.get("pins").filter((_, k) => k !== number));
    if (what === "reset") {
      end();
      seen = null;
      set("pins", []);
      for (const [name, value] of Object.entries(model.get("start"))) set(name, value);
      tell({ type: "empty" });
    }
  };
}
