// The class's show of hands: an answer a line, its count typed in or raised by one, and a bar for its share.

const WHOLE = /^\s*\d{0,4}\s*$/; // an empty one counts as 0

export default function start() {
  for (const place of document.querySelectorAll(".kd-hands [data-answers]")) draw(place, JSON.parse(place.dataset.answers));
}

function draw(place, answers) {
  const lines = [], list = made("ol", {}), more = made("button", { type: "button" }, "Another answer");
  const clear = made("button", { type: "button" }, "Clear"), said = made("p", { role: "status" });

  function show() {
    const all = lines.reduce((sum, line) => sum + line.count(), 0);
    for (const line of lines) {
      const share = all ? line.count() / all : 0;
      line.bar.style.width = `${100 * share}%`;
      line.share.textContent = all ? `${Math.round(100 * share)}%` : "";
    }
    const wrong = lines.find(({ input }) => !WHOLE.test(input.value));
    said.textContent = wrong ? `Hands are ${wrong.input.value.trim()}; type a whole number from 0 to 9999.` : all ? `${all} hand${all > 1 ? "s" : ""}` : "No hands yet.";
  }

  function add(answer) {
    const k = lines.length + 1, bar = made("div", { class: "kd-hands-bar" }), share = made("span", { class: "kd-hands-share" });
    const name = made("input", { type: "text", "aria-label": `Answer ${k}` }), plus = made("button", { type: "button", "aria-label": `One more for answer ${k}` }, "+1");
    const count = made("input", { type: "text", inputmode: "numeric", maxlength: 4, autocomplete: "off", "aria-label": `Hands for answer ${k}` });
    [name.value, count.value] = [answer, 0];
    lines.push({ bar, share, input: count, count: () => (WHOLE.test(count.value) ? Number(count.value) : 0) });
    count.addEventListener("input", () => { count.setAttribute("aria-invalid", String(!WHOLE.test(count.value))); show(); });
    plus.addEventListener("click", () => { count.value = lines[k - 1].count() + 1; show(); });
    const track = made("div", { class: "kd-hands-track" });
    track.append(bar);
    const line = made("li", {});
    line.append(name, count, plus, track, share);
    list.append(line);
  }

  for (const answer of answers.length ? answers : ["", ""]) add(answer);
  more.addEventListener("click", () => { add(""); list.lastChild.querySelector("input").focus(); show(); });
  clear.addEventListener("click", () => { for (const { input } of lines) { input.value = 0; input.removeAttribute("aria-invalid"); } show(); });
  place.append(list, more, clear, said);
  show();
}

function made(tag, attributes, text = "") {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  one.textContent = text;
  return one;
}
