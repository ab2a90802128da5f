// The cells of a map for pytest: node cells.mjs MAP < [layers, sex, state] > [of the truth, of the network]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { truthCells, networkCells } = await import(pathToFileURL(process.argv[2]));
const { network } = await import(new URL("network.js", pathToFileURL(process.argv[2])));
const [layers, sex, state] = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify([[...truthCells(sex, state)], [...networkCells(network(layers), sex, state)]]));
