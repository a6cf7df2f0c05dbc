// The table in words and numbers.

export const TITLES = {
  "darkroom-gpu": "Darkroom, WebGPU",
  "darkroom-cpu": "Darkroom, CPU",
  "ort-wasm-1": "ONNX Runtime, wasm, 1 thread",
  "ort-wasm-2": "ONNX Runtime, wasm, 2 threads",
  "ort-webgpu": "ONNX Runtime, WebGPU",
};

/** What is shown of an engine: the median of its later runs, or of its first where there were none. */
export function typical({ first, later }) {
  const sorted = [...later].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return first;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The whole document. */
export function table(figures, engines) {
  const models = Object.values(figures.models);
  const rows = (cell) => models.map((model) => [model.title, ...engines.map((engine) => cell(model.engines[engine]))]);
  const heads = ["", ...engines.map((engine) => TITLES[engine])];
  return `# Darkroom and onnxruntime-web

Made by \`cargo xtask bench peers\`; [peers.json](peers.json) has every figure. Times are milliseconds in one page of Chromium,
an engine a worker, every output checked against PyTorch. Engines ran in turn, so compare within a row; rows may be from
different days. What an engine could not do, or not within its limit, is said in its place.

![Time of a later run](peers.svg)

## A later run

The median, with the number of runs where there were fewer than five.

${grid(heads, rows((engine) => later(engine)))}

## Ratios of later runs

Above 1, Darkroom is the faster one.

${grid(["", "WebGPU: ONNX Runtime / Darkroom", "CPU: ONNX Runtime, wasm, 1 thread / Darkroom", "ONNX Runtime's best / Darkroom's best"], models.map(ratios))}

## The first run

${grid(heads, rows((engine) => number(engine.first) ?? engine.note ?? "-"))}

## Time to create

From the model's bytes to a session, with the engine's own download from a server on the same machine.

${grid(heads, rows((engine) => number(engine.create) ?? engine.note ?? "-"))}

## Largest error

Against PyTorch, relative to the largest value of the output.

${grid(heads, rows((engine) => (engine.first === null ? (engine.note ?? "-") : engine.error.toExponential(1))))}

## Where

${grid(["", "day", "machine", "browser", "adapter", "onnxruntime-web"], models.map((model) => [model.title, model.measured, `${model.processor}, ${model.cores} cores`, model.browser, model.adapter, model["onnxruntime-web"]]))}
`;
}

function later(engine) {
  const time = number(typical(engine));
  if (time === null) return engine.note ?? "-";
  if (engine.later.length === 0) return `${time} (first run only${engine.note ? `: ${engine.note}` : ""})`;
  const runs = engine.later.length < 5 ? ` (${engine.later.length} run${engine.later.length > 1 ? "s" : ""})` : "";
  return time + runs + (engine.note ? ` (${engine.note})` : "");
}

function ratios({ title, engines }) {
  const time = (name) => (engines[name].first === null ? null : typical(engines[name]));
  const best = (start) => Math.min(...Object.keys(engines).filter((name) => name.startsWith(start)).map((name) => time(name) ?? Infinity));
  const ratio = (theirs, ours) => (Number.isFinite(theirs / ours) && theirs && ours ? (theirs / ours).toPrecision(2) : "-");
  return [title, ratio(time("ort-webgpu"), time("darkroom-gpu")), ratio(time("ort-wasm-1"), time("darkroom-cpu")), ratio(best("ort"), best("darkroom"))];
}

/** Milliseconds to three figures, thousands apart. */
function number(time) {
  if (time === null) return null;
  const rounded = time < 100 ? time.toPrecision(3) : String(Math.round(time));
  return rounded.replace(/\B(?=(\d{3})+$)/g, " ");
}

function grid(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
