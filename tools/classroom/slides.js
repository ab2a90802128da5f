// Turns the slides: arrow keys, space, the buttons; the address says which one is shown.

const all = [...document.querySelectorAll(".slide")], one = (id) => document.getElementById(id);
const at = () => Math.max(0, all.findIndex((slide) => slide.id === location.hash.slice(1)));

function show(focus) {
  const k = at();
  all.forEach((slide, j) => { slide.hidden = j !== k; });
  one("where").textContent = `${k + 1} of ${all.length}`;
  one("before").disabled = k === 0;
  one("after").disabled = k === all.length - 1;
  if (focus) all[k].focus();
}

const go = (by) => { location.hash = all[Math.min(Math.max(at() + by, 0), all.length - 1)].id; };
one("before").addEventListener("click", () => go(-1));
one("after").addEventListener("click", () => go(1));
addEventListener("keydown", (event) => {
  const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
  if (by && !event.ctrlKey && !event.metaKey && !event.altKey) go(by);
});
addEventListener("hashchange", () => show(true));
show(false);
