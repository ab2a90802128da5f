// Reads a network from an array for pytest: node weights.mjs RUN < [numbers, sizes, number] > [[W, b], ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { networkOf } = await import(pathToFileURL(process.argv[2]));
const [numbers, sizes, r] = JSON.parse(readFileSync(0, "utf-8"));
const net = networkOf(new DataView(Float32Array.from(numbers).buffer), sizes, r);
process.stdout.write(JSON.stringify(net.map(({ W, b }) => [[...W], [...b]])));
