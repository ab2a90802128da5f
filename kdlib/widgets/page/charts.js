// Curves against epochs: a line for the mean, a band from the lowest to the highest, axes that reach as far as the data.

import { element } from "./controls.js";
import { escape, picture } from "./drawing.js";
import { compact, known, mean } from "./numbers.js";

const W = 244, H = 164, LEFT = 42, RIGHT = 16, TOP = 38, BOTTOM = 29;
export const LOOKS = [["#0072B2", ""], ["#D55E00", "7 3"], ["#7A4FA3", "2 3"], ["#5A6670", "9 3 2 3"]]; // now, and the pinned ones

const place = (epoch, last) => LEFT + (Math.log1p(epoch) / Math.log1p(last)) * (W - LEFT - RIGHT);

// Round numbers from low to high, about four of them; on a logarithmic axis a seventh of its length apart or more.
export function ticks(low, high, log = false) {
  if (log) {
    const decades = Math.log10(high / low), digits = decades < 0.9 ? [1, 1.5, 2, 3, 5, 7] : decades < 2.1 ? [1, 2, 5] : decades < 3.4 ? [1, 3] : [1], found = [];
    for (let d = Math.floor(Math.log10(low)); d <= Math.log10(high); d++) for (const k of digits) found.push(Number(`${k}e${d}`));
    return found.filter((x) => x >= low && x <= high);
  }
  const rough = (high - low) / 4.5, size = 10 ** Math.floor(Math.log10(rough)), step = size * [1, 2, 2.5, 5, 10].find((k) => k * size >= rough);
  return Array.from({ length: Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1 },
    (_, k) => Number(((Math.ceil(low / step - 1e-9) + k) * step).toPrecision(10)));
}

// The range of what is drawn. A loss that grows leaves the picture at the top instead of flattening the rest of it.
export function range(frames, what, log) {
  const values = frames.flatMap((frame) => known(frame[what])), starts = frames.filter((f) => f.epoch === 0).flatMap((f) => known(f[what]));
  if (!values.length) return log ? [0.1, 1] : [0, 1];
  const low = Math.min(...values), high = log ? Math.min(Math.max(...values), 2 * Math.max(...starts, 1e-12)) : Math.max(...values);
  if (log) return [Math.max(low, high * 1e-5) / 1.3, high * 1.15];
  const air = Math.max(0.005, 0.06 * (high - low));
  return [Math.max(0, low - air), Math.min(1, high + air)];
}

const brief = (x) => compact(Number(x.toPrecision(3)), 1e-3);

export function lineChart(box, what, { log = false, show = brief, hover }) {
  const chart = picture(box, W, H, "kd-curves"), cursor = element("div", { class: "kd-cursor", hidden: "" });
  let last = 1, title = "";
  chart.holder.append(cursor);
  const epochAt = (event) => {
    const { left, width } = chart.svg.getBoundingClientRect(), x = ((event.clientX - left) / width) * W;
    return Math.expm1(Math.max(0, (x - LEFT) / (W - LEFT - RIGHT)) * Math.log1p(last));
  };
  chart.svg.addEventListener("pointermove", (event) => hover(epochAt(event)));
  chart.svg.addEventListener("pointerleave", () => hover(null));
  return {
    svg: chart.svg,
    // runs: the one now first, each { frames } and drawn in its look.
    draw(runs, epochs, words) {
      [last, title] = [epochs, words];
      const [low, high] = range(runs.flatMap(({ frames }) => frames), what, log);
      const scale = (x) => (log ? Math.log(Math.max(x, low * 1e-3)) : x);
      const y = (x) => H - BOTTOM - ((scale(x) - scale(low)) / (scale(high) - scale(low))) * (H - TOP - BOTTOM);
      const clipped = (x) => Math.max(TOP - 2, Math.min(H - BOTTOM + 2, y(x))).toFixed(1);
      let out = `<text x="4" y="14" class="kd-title">${escape(title)}</text>`;
      for (const tick of ticks(low, high, log)) {
        out += `<line class="kd-grid" x1="${LEFT}" x2="${W - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>`
          + `<text class="kd-end" x="${LEFT - 5}" y="${y(tick) + 4}">${show(tick)}</text>`;
      }
      const decades = [0, ...Array.from({ length: 5 }, (_, d) => 10 ** d).filter((e) => e <= last)];
      for (const e of decades) out += `<text class="kd-mid" x="${place(e, last)}" y="${H - BOTTOM + 13}">${e.toLocaleString("en")}</text>`;
      out += `<text class="kd-mid" x="${(LEFT + W) / 2}" y="${H - 4}">epoch</text>`;
      [...runs.entries()].reverse().forEach(([k, { frames }]) => {
        const points = frames.filter((frame) => known(frame[what]).length), [colour, dash] = LOOKS[k];
        if (!points.length) return;
        const at = (pick) => points.map((frame) => `${place(frame.epoch, last).toFixed(1)} ${clipped(pick(known(frame[what])))}`);
        out += `<path d="M${at((v) => Math.max(...v)).join("L")}L${at((v) => Math.min(...v)).reverse().join("L")}Z" fill="${colour}" opacity="0.14"/>`
          + `<path d="M${at(mean).join("L")}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`;
      });
      out += `<line class="kd-axis" x1="${LEFT}" x2="${W - RIGHT}" y1="${H - BOTTOM}" y2="${H - BOTTOM}"/><text x="4" y="30" class="kd-value"></text>`;
      chart.draw(out, title);
    },
    // The vertical line at a frame, and its numbers.
    point(frame) {
      const text = chart.svg.querySelector(".kd-value"), values = frame ? known(frame[what]) : [];
      cursor.hidden = !values.length;
      if (!values.length) { if (text) text.textContent = ""; return; }
      cursor.style.transform = `translateX(${(100 * place(frame.epoch, last)) / W}%)`;
      const spread = values.length > 1 ? ` (${show(Math.min(...values))} to ${show(Math.max(...values))})` : "";
      text.textContent = `${show(mean(values))}${spread}`;
      chart.svg.setAttribute("aria-label", `${title}: ${show(mean(values))}${spread} at epoch ${frame.epoch}`);
    },
  };
}
