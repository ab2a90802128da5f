// The training lab: settings, Run, and curves and a map that follow the epochs.
//
// It asks its other side, a kernel or trainer.js, in messages { do: "run" | "stop" | "pin" | "unpin" | "reset" | "replay" } and hears
// { type: "run", settings }, { type: "teachers", sizes } and { type: "frame", epoch, loss, accuracy, agreement, diverged }, the
// last two with their networks' weights, and { type: "done" | "stopped" | "failed" | "previewed" | "sign" | "empty" }.

import { lineChart } from "../page/charts.js";
import { button, card, choice, element, field, follow, group, send } from "../page/controls.js";
import { fixed } from "../page/numbers.js";
import { downloadMenu } from "./downloads.js";
import { labMap } from "./lab_map.js";
import { pinTable } from "./pins.js";
import { counted, named, networksOf, objectiveOf, summary } from "./run.js";
import { timeBar } from "./time.js";

const PANELS = [["loss", { log: true }], ["accuracy"], ["agreement"]];
const SILENCE = 4000;
const WHY = { temperature: "T softens targets", alpha: "Alpha mixes the teacher with the labels" };

function render({ model, el }) {
  const rules = model.get("rules"), uses = model.get("uses"), start = model.get("start"), about = { uses, rules }, classes = model.get("classes");
  const parts = card(el, "Training lab", "Students learn here, the same ones as in kdlib.");
  parts.root.classList.add("kd-lab");
  const settings = () => Object.fromEntries(Object.keys(rules).map((name) => [name, model.get(name)]));
  const ask = (what, more = {}) => model.send({ do: what, ...more });
  let run = null, training = false, heardAt = 0, silent = false, pinWhenDone = false;

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
  const pin = press("Pin", () => ask("pin"));
  press("Reset", () => { time.pause(); forget(); ask("reset"); });
  go.classList.add("kd-primary");
  press("Full screen", () => (document.fullscreenElement ? document.exitFullscreen() : parts.root.requestFullscreen()));
  const downloads = downloadMenu(bar, () => ({ run, pins: model.get("pins"), charts, about }));
  bar.append(due);
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
    const near = epoch === null ? time.at : run.frames.reduce((best, f, k) => (Math.abs(f.epoch - epoch) < Math.abs(run.frames[best].epoch - epoch) ? k : best), 0);
    for (const chart of charts) chart.point(run.frames[near]);
  };
  const charts = PANELS.map(([what, more = {}]) => lineChart(row, what, { ...more, ...(what === "loss" ? {} : { show: (x) => fixed(x, 3) }), hover }));
  const time = timeBar(parts.pictures, {
    run: () => run, training: () => training,
    show(frame) { for (const chart of charts) chart.point(frame); drawMap(); },
  });
  const map = labMap(parts.pictures, classes, () => drawMap());
  const drawTable = pinTable(parts.pictures, about, (number) => { ask("unpin", { number }); pin.focus(); });

  function drawMap() {
    const frame = run?.frames[time.at], digits = run?.settings.world === "digits"; // which have no map
    parts.root.classList.toggle("kd-no-map", digits);
    if (!digits) map.draw(run, frame);
    if (frame) window.dispatchEvent(new CustomEvent("kd-frame", { detail: { lab: model.get("id"), run, frame } }));
  }

  function drawCurves() {
    const pinned = model.get("pins"), runs = [run ?? { frames: [] }, ...pinned];
    const last = Math.max(1, ...runs.map(({ settings: s }) => s?.epochs ?? 1));
    const same = ({ settings: s }) => !run || (s && objectiveOf(s, uses) === objectiveOf(run.settings, uses));
    const titles = model.get("titles")[(run?.settings ?? settings()).world];
    charts.forEach((chart, k) => chart.draw(k ? runs : runs.map((one) => (same(one) ? one : { frames: [] })), last, titles[k])); // other losses have other units
    drawTable(run, pinned);
  }

  // ---- both sides
  const say = (words) => { if (parts.status.textContent !== words) parts.status.textContent = words; };
  const forget = () => { for (const one of Object.values(controls)) one.forget?.(); };
  function start_(toPin = false) {
    const wrong = Object.values(controls).map((one) => one.wrong()).find(Boolean), { batch_size: batch, rows, world } = settings();
    const what = world === "digits" ? "images" : "people";
    if (wrong || batch > rows) return say(`${wrong || `A batch of ${batch} ${what} cannot be drawn from ${rows} training ${what}.`} Nothing was trained.`);
    time.pause();
    heardAt = performance.now();
    pinWhenDone = toPin;
    busy(true);
    ask("run");
  }
  function trains() {
    busy(true);
    say(`Training ${counted(run.settings)}: ${named(run.settings, about)}.`);
  }
  function busy(on) {
    [training, silent] = [on, false];
    halt.disabled = !on;
    parts.root.classList.toggle("kd-failed", false);
    explain();
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
      time.restart();
      trains();
      map.students(s.seeds);
      drawCurves();
      drawMap();
    },
    teachers({ sizes }, [weights]) { run.teachers = networksOf(weights, sizes); },
    frame(frame, [networks]) {
      run.frames.push({ ...frame, networks });
      paint();
    },
    done() { end(`Done. ${summary(run, about)}`); if (pinWhenDone) ask("pin"); },
    stopped() { end(`Stopped. ${summary(run, about)}`); },
    previewed() { end(`A preview: ${summary(run, about)} Press Run to train to the end.`); },
    failed({ words }) { busy(false); say(words); parts.root.classList.add("kd-failed"); },
    empty() { run = null; busy(false); drawCurves(); time.follow(); say("Press Run: the students learn in this page."); },
    sign() {},
  };
  // While it trains: curves in one frame of the screen, the map in the next. The page is never away for both.
  let waiting = 0;
  const paint = () => {
    waiting ||= requestAnimationFrame(() => {
      if (run) drawCurves();
      requestAnimationFrame(() => { waiting = 0; time.follow(); });
    });
  };
  const end = (words) => { busy(false); drawCurves(); time.follow(); say(words); };
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
  const unfollow = follow(model, [...Object.keys(rules), "pins"], parts, () => { explain(); drawCurves(); if (run) time.follow(); }, false);
  busy(false);
  heard.empty();
  ask("replay");
  return () => {
    unfollow();
    time.pause();
    clearInterval(watch);
    window.removeEventListener("kd-ask", again);
    model.off("msg:custom", message);
    model.off("comm_live_update", lost);
  };
}

export default { render };
