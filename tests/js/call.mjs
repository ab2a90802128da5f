// Calls functions of an explorer's module for pytest: node call.mjs MODULE < [[name, argument, ...], ...] > [result, ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const module = await import(pathToFileURL(process.argv[2]));
const calls = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(calls.map(([name, ...given]) => module[name](...given))));
