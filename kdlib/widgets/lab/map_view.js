// The decision map alone: of two given networks, or of the students of a lab that stands in the same page.

import { card, choice, follow, group, send } from "../page/controls.js";
import { decisionMap, networkCells, truthCells } from "../page/map.js";
import { SEXES, STATES } from "../page/people.js";
import { networkOf, teacherCells, weightCount } from "./run.js";

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// Given networks, from their weights or from what they choose: how many there are, and the cells of one of them.
function given({ sizes, weights, ...chosen }) {
  const all = weights && new DataView(bytes(weights).buffer);
  const count = all ? all.byteLength / 4 / weightCount(sizes) : Object.values(chosen)[0].length, nth = (number) => Math.min(number, count) - 1;
  return {
    count,
    cells: (number, sex, state) => (all ? networkCells(networkOf(all, sizes, nth(number)), sex, state) : bytes(chosen[`${sex}, ${state}`][nth(number)])),
  };
}

function render({ model, el }) {
  const parts = card(el, "Decision map", "The most probable class for every age and income; the fainter, the less sure.");
  const box = group(parts.controls, "Who");
  const sex = choice(box, "Sex", SEXES, (k) => send(model, "sex", SEXES[k]));
  const state = choice(box, "State", STATES, (k) => send(model, "state", STATES[k]));
  let count = 1, student = null, lab = null;
  const offer = (n) => {
    if (n === count && student) return;
    count = n;
    student?.row.remove();
    student = choice(box, "Student", Array.from({ length: n }, (_, r) => String(r + 1)), (k) => send(model, "student", k + 1));
  };
  parts.pictures.classList.add("kd-stacked");
  const map = decisionMap(parts.pictures, model.get("classes"));
  const update = () => {
    const place = { sex: model.get("sex"), state: model.get("state") }, networks = model.get("networks");
    const [teacher, learner] = ["teacher", "student"].map((who) => networks[who] && given(networks[who]));
    const truth = truthCells(place.sex, place.state);
    offer(learner?.count ?? lab?.run.settings.seeds ?? 1);
    const number = Math.min(model.get("student"), count);
    sex.set(SEXES.indexOf(place.sex));
    state.set(STATES.indexOf(place.state));
    student.set(number - 1, count > 1);
    let words;
    if (learner) words = map.draw({ truth, ...place, teacher: teacher.cells(number, place.sex, place.state), student: learner.cells(number, place.sex, place.state) });
    else if (lab?.run.settings.world === "digits") {
      map.draw({ truth, ...place });
      words = "The lab trains on digits, which have no map of age and income.";
    } else if (lab) {
      const { run, frame } = lab;
      words = map.draw({
        truth, ...place, note: ` after ${frame.epoch.toLocaleString("en")} epochs`,
        teacher: teacherCells(run, number, place.sex, place.state),
        student: networkCells(networkOf(frame.networks, [6, run.settings.hidden, 3], number - 1), place.sex, place.state),
      });
    } else {
      map.draw({ truth, ...place });
      words = `The truth for ${place.sex}, ${place.state}. Teacher and student follow when their lab runs.`;
    }
    parts.status.textContent = words;
  };
  const heard = ({ detail }) => {
    if (detail.lab !== model.get("follows")) return;
    lab = detail;
    update();
  };
  window.addEventListener("kd-frame", heard);
  const unfollow = follow(model, ["sex", "state", "student", "networks", "follows"], parts, update);
  window.dispatchEvent(new CustomEvent("kd-ask", { detail: { lab: model.get("follows") } }));
  return () => {
    unfollow();
    window.removeEventListener("kd-frame", heard);
  };
}

export default { render };
