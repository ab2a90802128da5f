// The lab's map: what a student, its teacher and the truth think of everybody of a sex in a state.

import { element, KEYS } from "../page/controls.js";
import { decisionMap, networkCells, truthCells } from "../page/map.js";
import { SEXES, STATES } from "../page/people.js";
import { networkOf, teacherCells } from "./run.js";

// `again` is called when a control asks for another place or student. Returns { draw, students }: `draw(run, frame)`
// for a frame of a run, and `students(n)` for the number of students that there are.
export function labMap(box, classes, again) {
  const place = { sex: "male", state: "michigan", student: 1 }, bar = element("div", { class: "kd-bar kd-where" });
  box.append(bar);
  const select = (key, options) => {
    const one = element("select", { "aria-label": key, ...KEYS }, ...options.map((word) => element("option", {}, word)));
    one.addEventListener("input", () => { place[key] = key === "student" ? one.selectedIndex + 1 : one.value; again(); });
    bar.append(one);
    return one;
  };
  select("sex", SEXES);
  select("state", STATES);
  const number = select("student", ["student 1"]), map = decisionMap(box, classes);
  return {
    draw(run, frame) {
      const { sex, state, student } = place;
      map.draw({
        sex, state, truth: truthCells(sex, state), number: student, note: frame ? ` after ${frame.epoch.toLocaleString("en")} epochs` : "",
        teacher: run?.teachers && teacherCells(run, student, sex, state),
        student: frame && networkCells(networkOf(frame.networks, [6, run.settings.hidden, 3], student - 1), sex, state),
      });
    },
    students(n) {
      number.replaceChildren(...Array.from({ length: n }, (_, r) => element("option", {}, `student ${r + 1}`)));
      place.student = Math.min(place.student, n);
      number.selectedIndex = place.student - 1;
    },
  };
}
