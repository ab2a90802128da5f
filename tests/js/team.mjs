// Runs of several workers, joined, beside that of one, for pytest: node team.mjs WORKERS < [[settings, processors], ...] > [{ parts, equal }, ...]
import { isDeepStrictEqual } from "node:util";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { joined, shares, teachersOf } = await import(pathToFileURL(process.argv[2]));
const { work } = await import(new URL("work.js", pathToFileURL(process.argv[2])));
const said = (settings, teachers = null) => [...work(settings, teachers)].filter(Boolean);

const found = JSON.parse(readFileSync(0, "utf8")).map(([settings, processors]) => {
  const one = said(settings), { teachers } = one[0][0], parts = shares(settings, processors);
  const team = (given) => parts.map((runs) => said({ ...settings, runs }, given && teachersOf(given, runs)));
  const all = (given) => team(given).reduce((rows, part) => part.map((message, k) => [...(rows[k] ?? []), message]), []);
  const equal = [null, teachers].map((given) => isDeepStrictEqual(all(given).map((heads) => joined(heads, settings)), one));
  return { parts, equal };
});
process.stdout.write(JSON.stringify(found));
