// What can be taken home of a run: its curves as a picture, its numbers, and the Python that repeats it.

import { LOOKS } from "../page/charts.js";
import { button, element, KEYS } from "../page/controls.js";
import { save, savePng, together } from "../page/download.js";
import { call, csv, legend } from "./run.js";

const name = ({ run }) => `students-${run.settings.objective.replace(/\W+/g, "-")}`;
const picture = ({ run, pins, charts, about }) =>
  together(charts.map(({ svg }) => svg), legend(run, pins, about).map((words, k) => [words, ...LOOKS[k]]));
const KINDS = {
  "Picture, SVG": (now) => save(`${name(now)}.svg`, picture(now), "image/svg+xml"),
  "Picture, PNG": (now) => savePng(`${name(now)}.png`, picture(now)),
  "Numbers, CSV": (now) => save(`${name(now)}.csv`, csv(now.run), "text/csv"),
  "Call, Python": (now) => save(`${name(now)}.py`, call(now.run), "text/x-python"),
};

// `now()` is { run, pins, charts, about }; returns the buttons.
export function downloadMenu(bar, now) {
  const list = element("div"), menu = element("details", { class: "kd-menu" }, element("summary", { ...KEYS }, "Download"), list);
  bar.append(menu);
  return Object.entries(KINDS).map(([label, act]) => button(list, label, () => { act(now()); menu.open = false; }));
}
