// The handwritten digits of a lab, as kdlib has them: one split for all students, and rows of its own for each of them.

import { DIGITS } from "./digit_rows.js";
import { Generator } from "./random.js";

const PIXELS = 64, DARKEST = 16, PAPER = "a".charCodeAt(0), SPLIT = 200, LEARN = 1097, TUNE = 200, SCORE = 500;

let order;
// The images at these places of the file: features x, 64 after 64, and digits y.
function images(places) {
  const x = new Float64Array(PIXELS * places.length), y = new Uint8Array(places.length);
  places.forEach((place, i) => {
    const from = (PIXELS + 1) * place;
    for (let k = 0; k < PIXELS; k++) x[PIXELS * i + k] = (DIGITS.charCodeAt(from + k) - PAPER) / DARKEST;
    y[i] = Number(DIGITS[from + PIXELS]);
  });
  return { x, y };
}

const split = () => (order ??= new Generator(SPLIT).permutation(DIGITS.length / (PIXELS + 1)));

// All rows that a teacher may learn from.
export const learnRows = () => images(Array.from(split().subarray(0, LEARN)));

// n of these rows, drawn by a seed.
export const someDigits = (n, seed) => images(Array.from(new Generator(seed).permutation(LEARN).subarray(0, n), (row) => split()[row]));

// The rows to score on, their labels as probabilities.
export function scoredDigits() {
  const from = LEARN + TUNE, { x, y } = images(Array.from(split().subarray(from, from + SCORE)));
  const p = new Float64Array(10 * SCORE);
  y.forEach((digit, i) => { p[10 * i + digit] = 1; });
  return { x, p, n: SCORE };
}
