// The table of pinned runs beside the one now, with paired intervals.

import { element, KEYS } from "../page/controls.js";
import { pairedDifference } from "../page/intervals.js";
import { fixed } from "../page/numbers.js";
import { comparable, named, score } from "./run.js";

const HEAD = ["", "Run", "Epoch", "Accuracy", "Agreement", "Accuracy: now minus pin, 95% interval", ""];

const cell = (words, tag = "td") => element(tag, {}, words);

// Before the first frame of a run nothing has been seen.
const seen = (frame) => (frame ? [frame.epoch.toLocaleString("en"), score(frame, "accuracy"), score(frame, "agreement")] : ["–", "–", "–"]);

function gain(now, one, run) {
  if (!comparable(one.settings, run.settings)) return "other people or draws";
  const d = pairedDifference(now.accuracy, one.frames.at(-1).accuracy), sign = (x) => (x < 0 ? "" : "+") + fixed(x, 3);
  return `${sign(d.mean)} (${sign(d.low)} to ${sign(d.high)})`;
}

// Returns what draws it; `unpin` is called with the number of a pin that goes.
export function pinTable(box, about, unpin) {
  const table = element("table", { class: "kd-pins", hidden: "" });
  box.append(element("div", { class: "kd-wide" }, table));
  return (run, pinned) => {
    const now = run?.frames.at(-1);
    table.hidden = !pinned.length;
    if (!pinned.length || !run) return table.replaceChildren();
    const line = (k, settings, frame, difference, last) => element("tr", {}, element("td", {}, element("i", { class: `kd-look${k}` }), k ? `Pin ${k}` : "Now"),
      cell(named(settings, about, run.settings)), ...seen(frame).map((words) => cell(words)), cell(difference), element("td", {}, ...last));
    const rows = pinned.map((one, k) => {
      const drop = element("button", { type: "button", class: "kd-button", "aria-label": `Unpin ${k + 1}`, ...KEYS }, "×");
      drop.addEventListener("click", () => unpin(k));
      return line(k + 1, one.settings, one.frames.at(-1), now ? gain(now, one, run) : "–", [drop]);
    });
    table.replaceChildren(element("thead", {}, element("tr", {}, ...HEAD.map((words) => cell(words, "th")))),
      element("tbody", {}, line(0, run.settings, now, "", []), ...rows));
  };
}
