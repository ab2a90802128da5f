// What a lab's students learn: the shape of a row, the rows of a seed, what they are scored on, and their teachers.

import { BETTER } from "./better_teacher.js";
import { learnRows, scoredDigits, someDigits } from "./digits.js";
import { census, samplePeople } from "./people.js";

function once(make) {
  let kept;
  return () => (kept ??= make());
}

// `equal` is how an equal teacher learns a student's own rows; `better` gives the better one, or how it learns from which.
export const WORLDS = {
  people: {
    inputs: 6, classes: 3, rows: samplePeople, scored: once(census),
    equal: { sizes: [6, 10, 10, 3], epochs: 500, lr: 0.02 }, better: { layers: BETTER },
  },
  digits: {
    inputs: 64, classes: 10, rows: someDigits, scored: once(scoredDigits),
    equal: { sizes: [64, 64, 10], epochs: 100, lr: 0.2 },
    better: { sizes: [64, 64, 10], epochs: 40, lr: 0.5, batch: 20, rows: once(learnRows) },
  },
};
