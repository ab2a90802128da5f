// Numbers on a few classes, and how they are written.

export function softmax(z, T = 1) {
  const top = Math.max(...z), e = z.map((x) => Math.exp((x - top) / T)), sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
}

export function logSumExp(z) {
  const top = Math.max(...z);
  return top + Math.log(z.reduce((a, x) => a + Math.exp(x - top), 0));
}

export const logSoftmax = (z, T = 1) => {
  const scaled = z.map((x) => x / T), all = logSumExp(scaled);
  return scaled.map((x) => x - all);
};
// What is finite: the loss of a student that diverged is null.
export const known = (values) => values.filter((x) => x !== null);
export const sum = (z) => z.reduce((a, b) => a + b, 0);
export const mean = (z) => sum(z) / z.length;
export const centred = (z) => z.map((x) => x - mean(z));
export const oneHot = (label, classes = 3) => Array.from({ length: classes }, (_, k) => (k === label ? 1 : 0));
export const argmax = (z) => z.reduce((best, x, k) => (x > z[best] ? k : best), 0);

// "-0.00" would name a sign that is not there.
export function fixed(x, digits = 2) {
  const text = x.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace("-", "−");
}

export const percent = (x) => `${Math.round(100 * x)}%`;
// What is large or tiny as 1.5e7, which fits where 15000000 does not.
export const compact = (x, least = 1e-4) => (x && (Math.abs(x) >= 1e5 || Math.abs(x) < least) ? x.toExponential().replace("e+", "e") : String(x));
// Three digits, and whole numbers as they are: 1024, not 1020.
export const short = (x) => String(Math.abs(x) < 1000 ? Number(x.toPrecision(3)) : Math.round(x));
