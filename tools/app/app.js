// The app's screens: the address says which one is shown; N opens the lecturer's notes.

export default function start() {
  const all = [...document.querySelectorAll(".kd-screen")], one = (id) => document.getElementById(id);
  const shown = () => all.findIndex((screen) => screen.id === location.hash.slice(1));
  let last = null;
  function show(at = shown()) {
    one("home").hidden = at >= 0;
    all.forEach((screen, k) => { screen.hidden = k !== at; });
    one("before").disabled = at < 0;
    one("after").disabled = at === all.length - 1;
    one("where").textContent = at < 0 ? "" : `${at + 1} of ${all.length}`;
    if (last !== null) (at < 0 ? one("home") : all[at]).querySelector("h1").focus();
    last = at;
    scrollTo(0, 0);
  }
  const go = (k) => { location.hash = k < 0 ? "" : all[k].id; };
  one("before").addEventListener("click", () => go(last - 1));
  one("after").addEventListener("click", () => go(last + 1));
  const notes = () => {
    one("notes").hidden = !one("notes").hidden;
    one("notes-button").setAttribute("aria-expanded", String(!one("notes").hidden));
  };
  one("notes-button").addEventListener("click", notes);
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "n" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, select")) notes();
  });
  const theme = (dark) => {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    one("theme").textContent = dark ? "Light" : "Dark";
  };
  theme(matchMedia("(prefers-color-scheme: dark)").matches);
  one("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme !== "dark"));
  addEventListener("hashchange", () => { if (!location.hash.includes("?")) show(); });
  addEventListener("kd-open", (event) => show(all.indexOf(event.target.closest(".kd-screen")))); // an address of settings
  show();
}
