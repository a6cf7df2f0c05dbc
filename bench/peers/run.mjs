// `cargo xtask bench peers`: measures, then writes the table, the figures and the plot.
//
//   node run.mjs LIBRARY MODELS OUT CHROMIUM ROUNDS LIMIT MODEL...

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { ENGINES, measure } from "./measure.mjs";
import { plot } from "./plot.mjs";
import { table } from "./report.mjs";
import { serve } from "./serve.mjs";

const [library, models, out, chromium, rounds, limit, ...names] = process.argv.slice(2);
const here = import.meta.dirname;
const versions = JSON.parse(readFileSync(join(here, "package.json"), "utf8")).devDependencies;
const file = join(out, "peers.json");

const server = await serve({
  "": join(here, "page"),
  darkroom: library,
  models,
  "onnxruntime-web": join(here, "node_modules/onnxruntime-web/dist"),
});
mkdirSync(out, { recursive: true });
// What was measured before and is not measured now stays: figures are compared within a model, never between runs.
const figures = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { models: {} };
for (const name of names) {
  const { title, parameters } = JSON.parse(readFileSync(join(models, name, "case.json"), "utf8"));
  const { results, machine } = await measure(server.url, chromium, name, { rounds: Number(rounds), limit: Number(limit), say: console.log });
  figures.models[name] = {
    title,
    parameters,
    measured: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim(),
    cores: cpus().length,
    ...machine,
    "onnxruntime-web": versions["onnxruntime-web"],
    limit: Number(limit),
    engines: results,
  };
  writeFileSync(file, `${JSON.stringify(figures, null, 1)}\n`);
  writeFileSync(join(out, "peers.md"), table(figures, ENGINES));
  writeFileSync(join(out, "peers.svg"), plot(figures, ENGINES));
}
server.close();
console.log(readFileSync(join(out, "peers.md"), "utf8"));
