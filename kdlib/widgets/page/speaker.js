// The best speaker with one word of memory, as kdlib/best_speaker.py computes it, and what it says of all sentences.

import { logSoftmax } from "./numbers.js";

export const WORDS = ["sun", "wind", "rain", "fog", "snow"];
const V = 5, LENGTH = 6, SUMMER = 2, STEPS = 300, STILL = 1e-14, TYPICAL = 0.95;
const FIVE = [0, 1, 2, 3, 4], seasonOf = (word) => Number(word >= SUMMER);
const dot = (a, b) => a.reduce((sum, x, k) => sum + x * b[k], 0);

// How often season s stands at word w, at each of the first five positions: [5][2][5].
function occupied(first, table) {
  const found = [[0, 1].map((s) => first.map((p, w) => (seasonOf(w) === s ? p : 0)))];
  while (found.length < LENGTH - 1) {
    found.push(found.at(-1).map((now, s) => FIVE.map((u) => FIVE.reduce((sum, w) => sum + now[w] * table(s, w)[u], 0))));
  }
  return found;
}

// What the truth says, counted once for a language { first: [5], chains: [2][5][5] }.
function counted({ first, chains }) {
  const told = occupied(first, (s, w) => chains[s][w]);
  const pairs = [0, 1].map((s) => FIVE.map((w) => chains[s][w].map((c) => told.reduce((sum, o) => sum + o[s][w], 0) * c)));
  const counts = [...FIVE.map((w) => FIVE.map((u) => pairs[0][w][u] + pairs[1][w][u])), first];
  const xlogx = (n, p) => n * Math.log(p);
  let entropy = first.reduce((sum, p) => sum + xlogx(p, p), 0);
  for (const s of [0, 1]) for (const w of FIVE) for (const u of FIVE) entropy += xlogx(pairs[s][w][u], chains[s][w][u]);
  const logs = { first: first.map(Math.log), chains: chains.map((rows) => rows.map((row) => row.map(Math.log))) };
  return { counts, entropy, logs };
}

// Both divergences of whole sentences, and the gradient of their mix, for logits z [6][5]; the last row is the first word's.
export function judge(z, language, dial, truth = counted(language)) {
  const logP = z.map((row) => logSoftmax(row)), p = logP.map((row) => row.map(Math.exp)), steps = [];
  let ahead = [0, 1].map(() => Array(V).fill(0));
  for (let k = 1; k < LENGTH; k++) {
    const costs = ahead.map((next, s) => FIVE.map((w) => FIVE.map((u) => logP[w][u] - truth.logs.chains[s][w][u] + next[u])));
    steps.unshift(costs);
    ahead = costs.map((rows) => rows.map((cost, w) => dot(p[w], cost)));
  }
  const atFirst = FIVE.map((w) => logP[V][w] - truth.logs.first[w] + ahead[seasonOf(w)][w]);
  const reverse = dot(p[V], atFirst), spoken = occupied(p[V], (_, w) => p[w]);
  const pull = p.map(() => Array(V).fill(0)), said = Array(V + 1).fill(0);
  const add = (row, weight, cost) => {
    const mean = dot(p[row], cost);
    said[row] += weight;
    p[row].forEach((x, u) => { pull[row][u] += weight * x * (cost[u] - mean); });
  };
  steps.forEach((costs, k) => costs.forEach((rows, s) => rows.forEach((cost, w) => add(w, spoken[k][s][w], cost))));
  add(V, 1, atFirst);
  const forward = truth.entropy - truth.counts.reduce((sum, row, w) => sum + dot(row, logP[w]), 0);
  const gradient = [], scale = [];
  truth.counts.forEach((row, w) => {
    const truly = row.reduce((a, b) => a + b, 0), weight = (1 - dial) * truly + dial * said[w];
    gradient.push(row.map((n, u) => (1 - dial) * (truly * p[w][u] - n) + dial * pull[w][u]));
    scale.push(row.map((n, u) => weight * Math.max(p[w][u], ((1 - dial) * n) / truly)));
  });
  return { forward, reverse, gradient, scale };
}

function starts({ first, chains }, { counts }) {
  const log = (rows) => rows.map((row) => row.map(Math.log));
  const both = counts.map((row) => row.map((n) => n / row.reduce((a, b) => a + b, 0)));
  const one = [0, 1].map((s) => [...chains[s], first.map((p, w) => (seasonOf(w) === s ? 2 * p : 1e-3))]);
  return [both, ...one].map(log);
}

// The best of three descents: from the speaker who knows both seasons, and from those who know one.
export function bestSpeaker(language, dial) {
  const truth = counted(language);
  let best = null;
  for (let z of starts(language, truth)) {
    for (let k = 0; k < STEPS; k++) {
      const { gradient, scale } = judge(z, language, dial, truth);
      if (gradient.every((row) => row.every((g) => Math.abs(g) < STILL))) break;
      z = z.map((row, w) => logSoftmax(row.map((x, u) => x - (0.5 * gradient[w][u]) / Math.max(scale[w][u], 1e-12))));
    }
    const { forward, reverse } = judge(z, language, dial, truth), value = (1 - dial) * forward + dial * reverse;
    if (!best || value < best.value) best = { z, forward, reverse, value };
  }
  return best;
}

// The probabilities of all 15,625 sentences, whose words are digits to the base five, from those of pairs of words.
export function sentences(first, table) {
  let said = first.map((p, w) => [p, seasonOf(w), w]);
  for (let k = 1; k < LENGTH; k++) said = said.flatMap(([p, s, w]) => table(s, w).map((q, u) => [p * q, s, u]));
  return Float64Array.from(said, ([p]) => p);
}

export const truthOf = ({ first, chains }) => sentences(first, (s, w) => chains[s][w]);
export function spokenBy(z) {
  const p = z.map((row) => logSoftmax(row).map(Math.exp));
  return sentences(p[V], (_, w) => p[w]);
}

const ranked = (p) => Uint16Array.from(p, (_, s) => s).sort((a, b) => p[b] - p[a] || a - b);

// The smallest set of sentences that holds 95% of the probability, as a list.
export function typical(p) {
  const order = ranked(p);
  let mass = 0, n = 0;
  while (mass < TYPICAL) mass += p[order[n++]];
  return [...order.slice(0, n)];
}

// Precision, recall and the rarer season of a speaker p against the truth q.
export function scores(p, q) {
  const held = (of, set) => set.reduce((sum, s) => sum + of[s], 0);
  const summer = p.slice(0, SUMMER * V ** (LENGTH - 1)).reduce((a, b) => a + b, 0);
  return { precision: held(p, typical(q)), recall: held(q, typical(p)), rarer: Math.min(summer, 1 - summer) };
}

// What speakers say of each season's sentences, added up from the truth's most probable one on: [season][speaker][rank].
export function massByRank(speakers, q) {
  const order = ranked(q), border = SUMMER * V ** (LENGTH - 1);
  return [order.filter((s) => s < border), order.filter((s) => s >= border)].map((rows) => speakers.map((p) => {
    let mass = 0;
    return Float64Array.from(rows, (s) => (mass += p[s]));
  }));
}

// The sentence that numbers from 0 to 1 draw, six of them, as words and as its number.
export function speak(z, luck) {
  const said = [];
  for (const u of luck) {
    const p = logSoftmax(z[said.at(-1) ?? V]).map(Math.exp);
    let word = 0, below = p[0];
    while (u > below && word < V - 1) below += p[++word];
    said.push(word);
  }
  return { words: said.map((w) => WORDS[w]).join(" "), number: said.reduce((n, w) => n * V + w, 0) };
}
