// The time of a run: play, pause, step, speed and an epoch slider over its frames.

import { button, element, KEYS, newId } from "../page/controls.js";

const SPEEDS = { "½×": 0.5, "1×": 1, "2×": 2, "4×": 4 }, PACE = 100; // milliseconds a frame at speed 1

// `run()` is the run or null, `training()` whether it grows, and `show(frame)` draws one (null: none). Returns
// { at, follow, restart, pause }: the frame shown is the last one until somebody goes to another.
export function timeBar(box, { run, training, show }) {
  let at = 0, live = true, playing = null;
  const bar = element("div", { class: "kd-bar kd-time" }), id = newId();
  const play = button(bar, "Play", () => (playing ? pause() : resume()));
  const step = button(bar, "Step", () => { pause(); goTo(at + 1); });
  const speed = element("select", { "aria-label": "Speed", ...KEYS }, ...Object.keys(SPEEDS).map((one) => element("option", one === "1×" ? { selected: "" } : {}, one)));
  const slider = element("input", { id, type: "range", min: 0, max: 0, step: 1, ...KEYS }), words = element("output", { for: id });
  slider.addEventListener("input", () => { pause(); goTo(Number(slider.value)); });
  bar.append(speed, element("label", { for: id }, "Epoch"), slider, words);
  box.append(bar);
  const last = () => (run()?.frames.length ?? 0) - 1;

  function goTo(k) {
    for (const one of [play, step, speed, slider]) one.disabled = !run();
    if (!run()) {
      slider.max = "0";
      words.textContent = "";
      show(null);
    }
    if (last() < 0) return;
    at = Math.max(0, Math.min(last(), k));
    live = at === last();
    const { frames, settings } = run(), [now, all] = [frames[at].epoch, settings.epochs].map((n) => n.toLocaleString("en"));
    slider.max = String(last());
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", `epoch ${now} of ${all}`);
    words.textContent = `${now} of ${all}`;
    show(frames[at]);
  }

  function pause() {
    clearInterval(playing);
    playing = null;
    play.textContent = "Play";
  }

  function resume() {
    if (last() < 0) return;
    if (at === last() && !training()) goTo(0);
    play.textContent = "Pause";
    let waited = 0;
    playing = setInterval(() => {
      waited += SPEEDS[speed.value];
      if (waited < 1) return;
      goTo(at + Math.floor(waited));
      waited %= 1;
      if (at === last() && !training()) pause();
    }, PACE);
  }

  return {
    get at() { return at; },
    follow: () => goTo(live ? last() : at),
    restart() { [at, live] = [0, true]; },
    pause,
  };
}
