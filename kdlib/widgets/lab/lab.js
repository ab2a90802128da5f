// The training lab: settings, Run, and curves and a map that follow the epochs.
//
// It asks its other side, a kernel or trainer.js, in messages { do: "run" | "stop" | "pin" | "unpin" | "reset" | "replay" } and hears
// { type: "run", settings }, { type: "teachers", sizes } and { type: "frame", epoch, loss, accuracy, agreement, diverged }, the
// last two with their networks' weights, and { type: "done" | "stopped" | "failed" | "previewed" | "sign" | "empty" }.

import { lineChart, LOOKS } from "../page/charts.js";
import { button, card, choice, element, field, follow, group, KEYS, newId, send } from "../page/controls.js";
import { save, savePng, together } from "../page/download.js";
import { decisionMap, networkCells, truthCells } from "../page/map.js";
import { fixed } from "../page/numbers.js";
import { SEXES, STATES } from "../page/people.js";
import { pinTable } from "./pins.js";
import { call, csv, legend, named, networkOf, objectiveOf, score, teacherCells, weightCount } from "./run.js";

const PANELS = [["loss", { log: true }], ["accuracy"], ["agreement"]];
const TITLES = {
  people: ["Loss, training people", "Accuracy, everybody", "Agreement with teacher"],
  digits: ["Loss, training images", "Accuracy, other images", "Agreement with teacher"],
};
const SILENCE = 4000, SPEEDS = ["½", "1", "2", "4"];
const WHY = { temperature: "T softens targets", alpha: "Alpha mixes the teacher with the labels" };

function render({ model, el }) {
  const rules = model.get("rules"), uses = model.get("uses"), start = model.get("start"), about = { uses, rules }, classes = model.get("classes");
  const parts = card(el, "Training lab", "Students learn here, the same ones as in kdlib.");
  parts.root.classList.add("kd-lab");
  const settings = () => Object.fromEntries(Object.keys(rules).map((name) => [name, model.get(name)]));
  const ask = (what, more = {}) => model.send({ do: what, ...more });
  let run = null, at = 0, live = true, training = false, playing = null, heardAt = 0, silent = false, pinWhenDone = false;

  // ---- controls: the few that are shown, and the others behind "All settings"
  const few = group(parts.controls, "Settings"), rest = element("details", { class: "kd-rest" }, element("summary", {}, "All settings"));
  const others = element("div");
  rest.append(others);
  parts.controls.append(rest);
  const controls = {};
  for (const name of [...model.get("shown"), ...Object.keys(rules).filter((one) => !model.get("shown").includes(one))]) {
    const box = model.get("shown").includes(name) ? few : others, rule = rules[name], take = (value) => { send(model, name, value); };
    const one = rule.choices ? choice(box, rule.label, rule.choices, (k) => take(rule.choices[k])) : field(box, rule, take);
    controls[name] = { ...one, set: (value, used) => one.set(rule.choices ? rule.choices.indexOf(value) : value, used), wrong: () => one.wrong };
  }
  rest.hidden = !others.children.length;
  const why = element("p", { class: "kd-why" });
  parts.controls.append(why);

  // ---- buttons
  const bar = element("div", { class: "kd-bar" }), due = element("span", { class: "kd-due" }), steps = element("div", { class: "kd-bar kd-steps" });
  const press = (label, act) => button(bar, label, act);
  const go = press("Run", () => start_()), halt = press("Stop", () => { ask("stop"); go.focus(); });
  const pin = press("Pin", () => ask("pin")), reset = press("Reset", () => { pause(); forget(); ask("reset"); });
  go.classList.add("kd-primary");
  press("Full screen", () => (document.fullscreenElement ? document.exitFullscreen() : parts.root.requestFullscreen()));
  const more = element("details", { class: "kd-menu" }, element("summary", { ...KEYS }, "Download"));
  const drawn = () => together(charts.map(({ svg }) => svg), legend(run, model.get("pins"), about).map((words, k) => [words, ...LOOKS[k]]));
  const list = element("div"), downloads = [], name = () => `students-${run.settings.objective.replace(/\W+/g, "-")}`;
  for (const [label, act] of [
    ["Picture, SVG", () => save(`${name()}.svg`, drawn(), "image/svg+xml")],
    ["Picture, PNG", () => savePng(`${name()}.png`, drawn())],
    ["Numbers, CSV", () => save(`${name()}.csv`, csv(run), "text/csv")],
    ["Call, Python", () => save(`${name()}.py`, call(run), "text/x-python")],
  ]) downloads.push(button(list, label, () => { act(); more.open = false; }));
  more.append(list);
  bar.append(more, due);
  for (const [label, changes] of model.get("steps")) {
    button(steps, label, () => {
      forget();
      for (const [key, value] of Object.entries({ ...start, ...changes })) model.set(key, value);
      model.save_changes();
      start_(true);
    });
  }
  steps.hidden = !model.get("steps").length;
  parts.pictures.classList.add("kd-stacked");
  parts.root.insertBefore(bar, parts.root.children[1]);
  parts.root.insertBefore(steps, bar);

  // ---- curves, time and map
  const row = element("div", { class: "kd-three" });
  parts.pictures.append(row);
  const hover = (epoch) => {
    if (!run?.frames.length) return;
    const near = epoch === null ? at : run.frames.reduce((best, f, k) => (Math.abs(f.epoch - epoch) < Math.abs(run.frames[best].epoch - epoch) ? k : best), 0);
    for (const chart of charts) chart.point(run.frames[near]);
  };
  const charts = PANELS.map(([what, more = {}]) => lineChart(row, what, { ...more, ...(what === "loss" ? {} : { show: (x) => fixed(x, 3) }), hover }));
  const time = element("div", { class: "kd-bar kd-time" }), id = newId();
  const play = button(time, "Play", () => (playing ? pause() : resume()));
  const step = button(time, "Step", () => { pause(); goTo(at + 1); });
  const speed = element("select", { "aria-label": "Speed", ...KEYS }, ...SPEEDS.map((one) => element("option", one === "1" ? { selected: "" } : {}, `${one}×`)));
  const slider = element("input", { id, type: "range", min: 0, max: 0, step: 1, ...KEYS }), epochWords = element("output", { for: id });
  slider.addEventListener("input", () => { pause(); goTo(Number(slider.value)); });
  time.append(speed, element("label", { for: id }, "Epoch"), slider, epochWords);
  parts.pictures.append(time);
  const place = { sex: "male", state: "michigan", student: 1 }, where = element("div", { class: "kd-bar kd-where" });
  const select = (key, options) => {
    const one = element("select", { "aria-label": key, ...KEYS }, ...options.map((word) => element("option", {}, word)));
    one.addEventListener("input", () => { place[key] = key === "student" ? one.selectedIndex + 1 : one.value; drawMap(); });
    where.append(one);
    return one;
  };
  select("sex", SEXES);
  select("state", STATES);
  const students = select("student", ["student 1"]);
  const map = decisionMap(parts.pictures, classes);
  parts.pictures.insertBefore(where, parts.pictures.lastElementChild.previousElementSibling);
  const drawTable = pinTable(parts.pictures, about, (number) => { ask("unpin", { number }); pin.focus(); });

  function drawMap() {
    const frame = run?.frames[at], { sex, state, student } = place, note = frame ? ` after ${frame.epoch.toLocaleString("en")} epochs` : "";
    const truth = truthCells(sex, state), digits = run?.settings.world === "digits"; // which have no map
    parts.root.classList.toggle("kd-no-map", digits);
    if (!digits) map.draw({
      truth, sex, state, note, number: student,
      teacher: run?.teachers && teacherCells(run, student, sex, state),
      student: frame && networkCells(networkOf(frame.networks, [6, run.settings.hidden, 3], student - 1), sex, state),
    });
    if (frame) window.dispatchEvent(new CustomEvent("kd-frame", { detail: { lab: model.get("id"), run, frame } }));
  }

  function goTo(k) {
    for (const one of [play, step, speed, slider]) one.disabled = !run;
    if (!run) {
      slider.max = "0";
      epochWords.textContent = "";
      for (const chart of charts) chart.point(null);
      drawMap();
    }
    if (!run?.frames.length) return;
    at = Math.max(0, Math.min(run.frames.length - 1, k));
    live = at === run.frames.length - 1;
    const frame = run.frames[at], words = `${frame.epoch.toLocaleString("en")} of ${run.settings.epochs.toLocaleString("en")}`;
    slider.max = String(run.frames.length - 1);
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `epoch ${words}`);
    epochWords.textContent = words;
    for (const chart of charts) chart.point(frame);
    drawMap();
  }

  function drawCurves() {
    const pinned = model.get("pins"), runs = [run ?? { frames: [] }, ...pinned];
    const last = Math.max(1, ...runs.map(({ settings: s }) => s?.epochs ?? 1));
    const same = ({ settings: s }) => !run || (s && objectiveOf(s, uses) === objectiveOf(run.settings, uses));
    const titles = TITLES[(run?.settings ?? settings()).world];
    charts.forEach((chart, k) => chart.draw(k ? runs : runs.map((one) => (same(one) ? one : { frames: [] })), last, titles[k])); // other losses have other units
    drawTable(run, pinned);
  }

  // ---- time
  function pause() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }
  function resume() {
    if (!run?.frames.length) return;
    if (at === run.frames.length - 1 && !training) goTo(0);
    play.textContent = "Pause";
    let waited = 0;
    playing = setInterval(() => {
      waited += { "½": 0.5, 1: 1, 2: 2, 4: 4 }[SPEEDS[speed.selectedIndex]];
      if (waited < 1) return;
      goTo(at + Math.floor(waited));
      waited %= 1;
      if (at === run.frames.length - 1 && !training) pause();
    }, 100);
  }

  // ---- both sides
  const say = (words) => { if (parts.status.textContent !== words) parts.status.textContent = words; };
  const forget = () => { for (const one of Object.values(controls)) one.forget?.(); };
  function start_(toPin = false) {
    const wrong = Object.values(controls).map((one) => one.wrong()).find(Boolean), { batch_size: batch, rows, world } = settings();
    const what = world === "digits" ? "images" : "people";
    if (wrong || batch > rows) return say(`${wrong || `A batch of ${batch} ${what} cannot be drawn from ${rows} training ${what}.`} Nothing was trained.`);
    pause();
    heardAt = performance.now();
    pinWhenDone = toPin;
    busy(true);
    ask("run");
  }
  function trains() {
    const { settings: s } = run;
    busy(true);
    say(`Training ${s.seeds} student${s.seeds > 1 ? "s" : ""}: ${named(s, about)}.`);
  }
  function busy(on) {
    [training, silent] = [on, false];
    halt.disabled = !on;
    parts.root.classList.toggle("kd-failed", false);
    explain();
  }
  function summary() {
    const frame = run?.frames.at(-1);
    if (!frame) return "There is no result yet.";
    const { seeds, epochs } = run.settings, diverged = frame.diverged.filter(Boolean).length;
    return `${named(run.settings, about)}, ${seeds} student${seeds > 1 ? "s" : ""}, ${frame.epoch < epochs ? `${frame.epoch} of ` : ""}${epochs} epochs: accuracy ${score(frame, "accuracy")}, `
      + `agreement ${score(frame, "agreement")}.${diverged ? ` ${diverged} diverged: they stay at their last finite weights. Try a smaller step size.` : ""}`;
  }
  function explain() {
    const now = settings(), objective = now.objective, changed = run && Object.keys(rules).some((key) => now[key] !== run.settings[key]);
    const off = Object.keys(uses).filter((key) => !uses[key].includes(objective));
    for (const [key, one] of Object.entries(controls)) one.set(now[key], !off.includes(key));
    why.textContent = [...off.map((key) => `${WHY[key]}: only in ${uses[key].join(", ")}.`),
      ...(objective === "labels" ? ["Students of labels never see the teacher."] : [])].join(" ");
    due.textContent = training ? "" : !run || run.frames.at(-1)?.epoch < run.settings.epochs ? "Press Run." : changed ? "Settings have changed: press Run." : "";
    go.classList.toggle("kd-call", Boolean(due.textContent));
    for (const one of [pin, ...downloads]) one.disabled = training || !run?.frames.length;
  }
  const heard = {
    run({ settings: s }) {
      run = { settings: s, frames: [], teachers: null, teacherCells: {} };
      [at, live] = [0, true];
      trains();
      students.replaceChildren(...Array.from({ length: s.seeds }, (_, r) => element("option", {}, `student ${r + 1}`)));
      place.student = Math.min(place.student, s.seeds);
      students.selectedIndex = place.student - 1;
      drawCurves();
      drawMap();
    },
    teachers({ sizes }, [weights]) {
      const count = weightCount(sizes);
      run.teachers = weights;
      run.teacherNets = Array.from({ length: weights.byteLength / 4 / count }, (_, r) => networkOf(weights, sizes, r));
    },
    frame(frame, [networks]) {
      run.frames.push({ ...frame, networks });
      if (live) at = run.frames.length - 1;
      paint();
    },
    done() { end(`Done. ${summary()}`); if (pinWhenDone) ask("pin"); },
    stopped() { end(`Stopped. ${summary()}`); },
    previewed() { end(`A preview: ${summary()} Press Run to train to the end.`); },
    failed({ words }) { busy(false); say(words); parts.root.classList.add("kd-failed"); },
    empty() { run = null; at = 0; busy(false); drawCurves(); goTo(0); say("Press Run: the students learn in this page."); },
    sign() {},
  };
  // While it trains: curves in one frame of the screen, the map in the next. The page is never away for both.
  let waiting = 0;
  const paint = () => {
    waiting ||= requestAnimationFrame(() => {
      if (run) drawCurves();
      requestAnimationFrame(() => { waiting = 0; goTo(at); });
    });
  };
  const end = (words) => { busy(false); drawCurves(); goTo(at); say(words); };
  const message = (content, buffers = []) => {
    heardAt = performance.now();
    if (silent && run) trains(); // it was slow, and lives
    heard[content.type]?.(content, buffers);
  };
  // Only a kernel can be lost. A page that trains by itself, which has `hear`, may be slow.
  const watch = model.hear ? 0 : setInterval(() => {
    if (training && performance.now() - heardAt > SILENCE) lost();
  }, 500);
  function lost() {
    busy(false);
    silent = true;
    parts.root.classList.add("kd-failed");
    say("The kernel does not answer. If it has died, restart it (menu Kernel, Restart Kernel) and run this cell again.");
  }
  const again = ({ detail }) => { if (detail.lab === model.get("id")) drawMap(); };
  window.addEventListener("kd-ask", again);
  model.on("msg:custom", message);
  model.on("comm_live_update", lost);
  const unfollow = follow(model, [...Object.keys(rules), "pins"], parts, () => { explain(); drawCurves(); if (run) goTo(at); }, false);
  busy(false);
  heard.empty();
  ask("replay");
  return () => {
    unfollow();
    pause();
    clearInterval(watch);
    window.removeEventListener("kd-ask", again);
    model.off("msg:custom", message);
    model.off("comm_live_update", lost);
  };
}

export default { render };
