// Runs a lab of the page for pytest: node work.mjs WORK < settings > [message, ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { work } = await import(pathToFileURL(process.argv[2]));
const messages = [...work(JSON.parse(readFileSync(0, "utf-8")))].filter(Boolean).map(([message]) => message);
process.stdout.write(JSON.stringify(messages));
