// How good students are: scores over what their world has to score them on, as kdlib's labs have them.

import { forward, network } from "./network.js";
import { WORLDS } from "./worlds.js";

// What a network chooses for each kind of people, or for each image.
export function choices(layers, world) {
  const { inputs, scored } = WORLDS[world], { x, n } = scored(), net = network(layers), chosen = new Uint8Array(n);
  for (let i = 0; i < n; i++) chosen[i] = argmax(forward(net, x, inputs * i));
  return chosen;
}

function argmax(z) {
  let best = 0;
  for (let k = 1; k < z.length; k++) if (z[k] > z[best]) best = k;
  return best;
}

export function accuracy(chosen, world) {
  const { classes, scored } = WORLDS[world], { p, n } = scored();
  let all = 0;
  for (let i = 0; i < n; i++) all += p[classes * i + chosen[i]];
  return all / n;
}

export function agreement(chosen, others) {
  let same = 0;
  for (let i = 0; i < chosen.length; i++) same += chosen[i] === others[i];
  return same / chosen.length;
}
