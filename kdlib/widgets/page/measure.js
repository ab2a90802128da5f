// How good students are: scores over the coarse census of the people's world, as kdlib's labs have them.

import { forward, network } from "./network.js";
import { posterior } from "./people.js";

// The middle of every band of 3 years and of 2,000 dollars: 4,410 kinds of people, and what is true of each.
function census() {
  const x = [], p = [];
  for (const sex of [-1, 1]) for (let age = 19; age <= 80; age += 3) for (let state = 0; state < 3; state++) {
    for (let income = 21000; income <= 90000; income += 2000) {
      const one = [sex, age / 100, Number(state === 0), Number(state === 1), Number(state === 2), income / 100000];
      x.push(...one);
      p.push(...posterior(one));
    }
  }
  return { x: Float64Array.from(x), p: Float64Array.from(p), n: p.length / 3 };
}

let everyone;
export const kinds = () => (everyone ??= census());

// What a network chooses for each kind.
export function choices(layers) {
  const { x, n } = kinds(), net = network(layers), chosen = new Uint8Array(n);
  for (let i = 0; i < n; i++) chosen[i] = argmax3(forward(net, x, 6 * i));
  return chosen;
}

const argmax3 = (z) => (z[1] > z[0] ? (z[2] > z[1] ? 2 : 1) : z[2] > z[0] ? 2 : 0);

export function accuracy(chosen) {
  const { p, n } = kinds();
  let all = 0;
  for (let i = 0; i < n; i++) all += p[3 * i + chosen[i]];
  return all / n;
}

export function agreement(chosen, others) {
  let same = 0;
  for (let i = 0; i < chosen.length; i++) same += chosen[i] === others[i];
  return same / chosen.length;
}
