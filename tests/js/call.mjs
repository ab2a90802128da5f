// Calls functions of a module, or reads its values, for pytest: node call.mjs MODULE < [[name, argument, ...], ...] > [result, ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const module = await import(pathToFileURL(process.argv[2]));
const calls = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(calls.map(([name, ...given]) => {
  if (name === "refused") { try { module[given[0]](...given.slice(1)); } catch (error) { return error.message; } }
  return (typeof module[name] === "function" ? module[name](...given) : module[name]);
})));
