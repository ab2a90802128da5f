// Starts the widgets of a page that has no kernel. The address carries settings: page.html#gradient?T=4&alpha=0.5

import { start as startBets } from "./bets/bets.js";
import { default as digit } from "./explorers/digit.js";
import { default as gradient } from "./explorers/gradient_view.js";
import { default as person } from "./explorers/person.js";
import { default as temperature } from "./explorers/temperature.js";
import { default as words } from "./explorers/words.js";
import { default as lab } from "./lab/lab.js";
import { default as map } from "./lab/map_view.js";
import { trainer } from "./lab/trainer.js";

const WIDGETS = { digit, gradient, temperature, person, words, lab, map };

// What an explorer's module asks of a model, as in Jupyter. There is no kernel to save to.
export function newModel(state) {
  const values = { ...state }, listeners = {};
  const at = (event) => (listeners[event] ??= new Set());
  return {
    send() {},
    hear(message, buffers) { for (const listener of at("msg:custom")) listener(message, buffers); },
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const event of [`change:${name}`, "change"]) for (const listener of at(event)) listener();
    },
    on: (event, listener) => { at(event).add(listener); },
    off: (event, listener) => { at(event).delete(listener); },
    save_changes() {},
  };
}

// "#gradient-2?T=4" is the second gradient explorer of the page with T = 4; null where the address names none.
export function parse(hash) {
  const [, kind, nth = "1", query = ""] = hash.match(/^#([a-z]+)(?:-(\d+))?(?:\?(.*))?$/) ?? [];
  return kind ? { kind, nth: Number(nth), given: [...new URLSearchParams(query)] } : null;
}

const number = (text) => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN);

// The value that a text asks for, or an error that says what was expected. A setting that is a list stays as long as it is.
export function read(name, text, rule, now, people = []) {
  const refuse = (expected) => { throw new Error(`${name} is ${text || "empty"}; expected ${expected}`); };
  if (rule.choices) {
    const k = rule.index && /^\d+$/.test(text) ? Number(text) : rule.choices.indexOf(text);
    if (!(k in rule.choices)) refuse(`one of ${rule.choices.join(", ")}${rule.index ? ", or its number" : ""}`);
    return rule.index ? k : text;
  }
  const list = Array.isArray(now), found = (list ? text.split(",") : [text]).map((part) => number(part.trim()));
  const [low, high] = rule.rows ? [0, people.length - 1] : [rule.low, rule.high];
  const whole = rule.whole || rule.rows;
  const fits = (x) => x >= low && x <= high && (!whole || Number.isInteger(x));
  if (found.length !== (list ? now.length : 1) || !found.every(fits)) {
    const kind = whole ? "whole number" : "number";
    refuse(`${list ? `${now.length} ${kind}s` : `a ${kind}`} from ${low} to ${high}`);
  }
  return list ? found : found[0];
}

// The address of an explorer's current settings.
export function address(place, rules, model) {
  const said = Object.entries(rules).map(([name, rule]) => {
    const value = model.get(rule.setting), written = rule.index ? rule.choices[value] : value;
    const text = [written].flat().map((x) => (typeof x === "number" ? Number(x.toPrecision(6)) : x)).join(",");
    return `${name}=${encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%20", "+")}`;
  });
  return `#${place}?${said.join("&")}`;
}

// Set what the address asks for; what cannot be set is left alone and named in the sentences that come back.
export function apply(given, kind, rules, model) {
  const refused = [];
  for (const [name, text] of given) {
    try {
      const rule = Object.hasOwn(rules, name) ? rules[name] : null;
      if (!rule) throw new Error(`the ${kind} explorer has no ${name}; it has ${Object.keys(rules).join(", ")}`);
      model.set(rule.setting, read(name, text, rule, model.get(rule.setting), model.get("people")));
    } catch (error) {
      refused.push(error.message);
    }
  }
  return refused;
}

// Put a widget in the place of its sentence. Where that fails the sentence stays.
function mount(place, kind, rules, name, worker) {
  const model = newModel(JSON.parse(place.dataset.kdState)), card = document.createElement("div");
  if (kind === "lab") model.send = trainer(model, worker);
  WIDGETS[kind].render({ model, el: card });
  place.replaceChildren(card, ...(rules ? [linkLine(() => address(name, rules, model), model)] : []));
  return { place, model };
}

// A link that leads to the settings as they are now, and is copied when it is pressed.
function linkLine(now, model) {
  const line = document.createElement("p"), link = document.createElement("a"), said = document.createElement("span");
  line.className = "kd-address";
  said.setAttribute("role", "status");
  link.textContent = "Link to these settings";
  const follow = () => { [link.href, said.textContent] = [now(), ""]; };
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    history.replaceState(null, "", now());
    try {
      await navigator.clipboard.writeText(link.href);
      said.textContent = " Copied.";
    } catch {
      said.textContent = " It stands in the address bar.";
    }
  });
  model.on("change", follow);
  follow();
  line.append(link, said);
  return line;
}

// A finished run stands beside a lab on paper. Where the lab is alive it is an answer that waits behind a fold.
function foldTwins() {
  for (const section of document.querySelectorAll("section:has(> .cell .kd-lab)")) {
    for (const twin of section.querySelectorAll(":scope > .cell.tag_twin")) {
      const before = twin.previousElementSibling, summary = document.createElement("summary");
      const fold = before?.matches(".kd-twin") ? before : document.createElement("details");
      if (fold !== before) {
        fold.className = "kd-twin";
        summary.textContent = "A finished run";
        fold.append(summary);
        twin.before(fold);
      }
      fold.append(twin);
    }
  }
}

export default function start({ rules, worker }) {
  startBets(newModel);
  const mounted = {};
  for (const place of document.querySelectorAll(".kd-static[data-kd-explorer]")) {
    const kind = place.dataset.kdExplorer;
    const same = (mounted[kind] ??= []), name = same.length ? `${kind}-${same.length + 1}` : kind;
    try {
      same.push(mount(place, kind, rules[kind], name, worker));
    } catch (error) {
      same.push(null);
      console.error(error);
    }
  }
  foldTwins();
  const open = () => {
    const asked = parse(location.hash), found = asked && mounted[asked.kind]?.[asked.nth - 1];
    if (!asked || document.getElementById(location.hash.slice(1))) return;
    if (!found) {
      const first = Object.values(mounted).flat().find(Boolean);
      if (first && asked.given.length) {
        const status = first.place.querySelector("[role=status]");
        status.append(` The address asks for the widget ${asked.kind} ${asked.nth}, which this page does not have.`);
        first.place.dispatchEvent(new CustomEvent("kd-open", { bubbles: true }));
        first.place.scrollIntoView();
      }
      return;
    }
    const refused = apply(asked.given, asked.kind, rules[asked.kind] ?? {}, found.model);
    if (refused.length) {
      found.place.querySelector("[role=status]").append(` Not taken from the address: ${refused.join(". ")}.`);
    }
    found.place.dispatchEvent(new CustomEvent("kd-open", { bubbles: true }));
    found.place.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
}
