// Opens addresses for pytest: node address.mjs MODULE < [[kind, rules, state, hash], ...] > [[state, refused, address], ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { newModel, parse, apply, address } = await import(pathToFileURL(process.argv[2]));
const cases = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(cases.map(([kind, rules, state, hash]) => {
  const model = newModel(state), asked = parse(hash);
  const refused = asked && apply(asked.given, asked.kind, rules, model);
  return [Object.fromEntries(Object.keys(state).map((name) => [name, model.get(name)])), refused, address(kind, rules, model)];
})));
