// Draws random numbers for pytest: node draw.mjs RANDOM < [[seed, method, arguments, times], ...] > [[drawn, ...], ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { Generator } = await import(pathToFileURL(process.argv[2]));
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(([seed, method, given, times]) => {
  const generator = new Generator(seed);
  return Array.from({ length: times }, () => { const one = generator[method](...given); return one.length ? [...one] : one; });
})));
