// A bet: the learner commits, then the folded result is uncovered. In Jupyter the kernel settles it, on a page this file.

import { element, KEYS, newId, readNumber } from "../page/controls.js";


// Whether a bet is won; outcome.py says the same.
export function judge(kind, bet, answer) {
  if (kind === "number") return answer[1] <= bet && bet <= answer[2];
  return JSON.stringify(bet) === JSON.stringify(answer);
}

const digits = (x) => String(Number(Number(x).toPrecision(4)));

export function said(kind, bet, unit) {
  if (kind === "order") return bet.join(", then ");
  return kind === "number" ? `${digits(bet)}${unit ? ` ${unit}` : ""}` : bet;
}

// One radio button for each choice.
function choices(box, id, options, changed) {
  for (const [k, option] of options.entries()) {
    const input = element("input", { type: "radio", name: id, id: `${id}-${k}`, ...KEYS });
    input.addEventListener("change", () => changed(option));
    box.append(element("label", { class: "kd-bet-option", for: `${id}-${k}` }, input, option));
  }
}

// A number, typed with comma or point; what cannot be bet is said once it is typed.
function number(box, id, { low, high, unit }, changed) {
  const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", id, ...KEYS });
  const take = (refuse) => {
    input.removeAttribute("aria-invalid");
    try {
      changed(readNumber(input.value, { label: "Your bet", low, high }));
    } catch (problem) {
      changed(null, refuse ? problem.message : "");
      if (refuse) input.setAttribute("aria-invalid", "true");
    }
  };
  input.addEventListener("input", () => take(false));
  input.addEventListener("change", () => take(true));
  box.append(element("label", { class: "kd-bet-option", for: id }, `from ${low} to ${high} `, input, unit ? ` ${unit}` : ""));
}

// An order: each thing can go up and down; the first is most.
function order(box, options, changed) {
  const list = element("ol", { class: "kd-bet-order" });
  let now = [...options];
  const draw = (focus) => {
    list.replaceChildren(...now.map((name, k) => {
      const move = (by, sign) => {
        const button = element("button", { type: "button", class: "kd-bet-move", "aria-label": `${name} ${by < 0 ? "up" : "down"}`, ...KEYS }, sign);
        button.disabled = !(k + by in now);
        button.addEventListener("click", () => {
          [now[k], now[k + by]] = [now[k + by], now[k]];
          draw([k + by, by]);
          changed([...now]);
        });
        return button;
      };
      return element("li", {}, element("span", {}, name), move(-1, "↑"), move(1, "↓"));
    }));
    if (focus) {
      const [up, down] = list.children[focus[0]].querySelectorAll("button");
      const wanted = focus[1] < 0 ? up : down;
      (wanted.disabled ? (wanted === up ? down : up) : wanted).focus();
    }
  };
  draw();
  box.append(list);
  changed([...now]);
}

// Draws the bet of a model; `onLock` is told what was bet. The controls stay until then.
export function draw(model, el, onLock) {
  const id = newId(), kind = model.get("kind");
  const box = element("fieldset", { class: "kd-bet-controls" }, element("legend", {}, element("strong", {}, "Your bet. "), model.get("question")));
  const lock = element("button", { type: "button", class: "kd-bet-lock", ...KEYS }, "Lock it in");
  const status = element("p", { class: "kd-bet-status", role: "status", "aria-live": "polite" });
  let bet = null;
  const changed = (value, problem = "") => {
    [bet, lock.disabled, status.textContent] = [value, value === null, problem];
  };
  changed(null);
  if (kind === "choice") choices(box, id, model.get("options"), changed);
  else if (kind === "order") order(box, model.get("options"), changed);
  else number(box, id, { low: model.get("low"), high: model.get("high"), unit: model.get("unit") }, changed);
  box.append(lock);
  const say = (outcome) => {
    if (!model.get("locked")) return;
    box.disabled = true;
    status.textContent = outcome || `Locked in: ${said(kind, model.get("value"), model.get("unit"))}. Now uncover the result.`;
  };
  lock.addEventListener("click", () => {
    model.set("value", bet);
    model.set("locked", true);
    model.save_changes();
    say(onLock(bet));
  });
  el.replaceChildren(element("section", { class: "kd-bet" }, box, status));
  say(model.get("outcome"));
  return say;
}

// In JupyterLab: uncover the next folded output below this cell.
function uncoverBelow(el) {
  const cell = el.closest(".jp-Cell"), cells = [...(cell?.parentElement?.children ?? [])];
  const below = cells.slice(cells.indexOf(cell) + 1).map((one) => one.querySelector(".jp-OutputPlaceholder"));
  below.find(Boolean)?.click();
}

// How a bet ended, where its result stands: the cell that shows it may have run before the bet was made.
function tell(key, words) {
  for (const place of document.querySelectorAll(`[data-kd-outcome="${key}"]`)) {
    place.textContent = words;
    place.style.borderLeftColor = words.endsWith("You won it.") ? "#009E73" : "#D55E00";
  }
}

function render({ model, el }) {
  const say = draw(model, el, () => { uncoverBelow(el); return ""; });
  const follow = () => {
    const words = model.get("outcome");
    say(words);
    if (words.includes(" Your bet: ")) tell(model.get("key"), words);
  };
  for (const name of ["outcome", "locked"]) model.on(`change:${name}`, follow);
  return () => { for (const name of ["outcome", "locked"]) model.off?.(`change:${name}`, follow); };
}

// Whether a fold lies below the bet and holds the outcome, or a folded output on the way to it.
function between(place, fold, outcome) {
  const below = place.compareDocumentPosition(fold) & Node.DOCUMENT_POSITION_FOLLOWING;
  const before = fold.compareDocumentPosition(outcome) & Node.DOCUMENT_POSITION_FOLLOWING;
  return below && (fold.contains(outcome) || (before && fold.classList.contains("hide")));
}

// On a page without kernel: every bet comes alive in the place of its sentence, and is settled by what stands below it.
export function start(newModel) {
  const ended = {};
  for (const place of document.querySelectorAll(".kd-bet-static[data-kd-bet]")) {
    const model = newModel({ ...JSON.parse(place.dataset.kdState), value: null, locked: false, outcome: "" });
    const outcome = document.querySelector(`[data-kd-outcome="${place.dataset.kdBet}"]`);
    const stored = outcome?.textContent.replace(/ No bet was locked in\.$/, "");
    draw(model, place, (bet) => {
      if (!outcome) return "";
      const { kind, unit, answer } = JSON.parse(outcome.dataset.kdState), won = judge(kind, bet, answer);
      ended[place.dataset.kdBet] = won;
      const words = `${stored} Your bet: ${said(kind, bet, unit)}. You ${won ? "won" : "lost"} it.`;
      tell(place.dataset.kdBet, words);
      for (const fold of document.querySelectorAll("details")) if (between(place, fold, outcome)) fold.open = true;
      for (const line of document.querySelectorAll("[data-kd-score]")) {
        line.textContent = `Bets won: ${Object.values(ended).filter(Boolean).length} of ${line.dataset.kdScore}.`;
      }
      return words;
    });
  }
}

export default { render };
