// Trains for pytest: node train.mjs ENGINE < [[settings, epochs or null], ...] > the last frame of each, or the one of an epoch
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { train } = await import(pathToFileURL(process.argv[2]));
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(([settings, epoch]) => {
  let last;
  for (const frame of train(settings)) {
    last = frame;
    if (frame.epoch === epoch) break;
  }
  return last;
})));
