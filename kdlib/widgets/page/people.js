// The people's world, as kdlib.worlds.people has it: encoding, true probabilities, and the same people for the same seed.

import { softmax } from "./numbers.js";
import { Generator } from "./random.js";

export const SEXES = ["male", "female"];
export const STATES = ["michigan", "nebraska", "oklahoma"];
const AGES = 63, INCOMES = 701;

export function encode({ sex, age, state, income }) {
  return [sex === "male" ? -1 : 1, age / 100, ...STATES.map((name) => (name === state ? 1 : 0)), income / 100000];
}

// The true class probabilities: softmax of three times the world's scores.
export function posterior([sex, age, michigan, nebraska, oklahoma, income]) {
  const u = (age - 0.49) / 0.18, v = (income - 0.55) / 0.2;
  const conservative = 0.9 * u + 0.9 * v + 0.7 * nebraska - 0.3 * michigan - 0.35 * sex + 0.5 * u * v * oklahoma;
  const liberal = -u - 0.7 * v + 0.7 * michigan - 0.3 * nebraska + 0.45 * sex - 0.4 * Math.max(0, u - 1);
  const moderate = 0.8 * Math.exp(-(u ** 2)) + 0.6 * Math.exp(-((v + 0.2) ** 2)) - 0.5 + 0.25 * oklahoma;
  return softmax([3 * conservative, 3 * moderate, 3 * liberal]);
}

// The class that a uniform number u draws from the probabilities.
export const drawn = (p, u) => (u > p[0] ? 1 : 0) + (u > p[0] + p[1] ? 1 : 0);

// sample_people(n, seed): features x, six after six, and labels y.
export function samplePeople(n, seed) {
  const generator = new Generator(seed), x = new Float64Array(6 * n), y = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const [sex, age, state, income, label] = Array.from({ length: 5 }, () => generator.uniform());
    const person = [
      sex < 0.5 ? -1 : 1, (18 + Math.floor(age * AGES)) / 100,
      ...STATES.map((_, k) => (k === Math.trunc(state * 3) ? 1 : 0)), (20000 + 100 * Math.floor(income * INCOMES)) / 100000,
    ];
    x.set(person, 6 * i);
    y[i] = drawn(posterior(person), label);
  }
  return { x, y };
}

// The middle of every band of 3 years and of 2,000 dollars: 4,410 kinds of people, and what is true of each.
export function census() {
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

// KL from the truth to a model, in nats.
export const divergence = (truth, p) => truth.reduce((all, t, k) => all + (t > 0 ? t * Math.log(t / p[k]) : 0), 0);
