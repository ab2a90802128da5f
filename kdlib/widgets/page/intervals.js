// The mean of a - b over pairs with its 95% interval, as kdlib.intervals.paired_difference has it.

import { mean } from "./numbers.js";

// Student's t for 1 to 31 degrees of freedom at 97.5%.
export const T975 = [
  12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985, 2.178813,
  2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963, 2.079614, 2.073873, 2.068658, 2.063899,
  2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272, 2.039513,
];

export function pairedDifference(a, b) {
  const d = a.map((x, r) => x - b[r]), m = mean(d), n = d.length;
  const half = T975[n - 2] * Math.sqrt(d.reduce((s, x) => s + (x - m) ** 2, 0) / (n - 1) / n);
  return { mean: m, low: m - half, high: m + half };
}
