// One engine on one model.

import { ENGINES } from "./engines.mjs";

const ARRAYS = { float32: Float32Array, int64: BigInt64Array };

let engine = null;
let wanted = null;

const actions = {
  /** Fetches the model and its golden, then times everything until the engine can run: its own download included. */
  async create({ engine: name, model }) {
    const folder = `/models/${model}`;
    const bytes = async (file) => (await fetched(`${folder}/${file}`)).arrayBuffer();
    const described = await (await fetched(`${folder}/case.json`)).json();
    const read = async ({ name, dims, type, file }) => [name, { dims, type, data: new ARRAYS[type](await bytes(file)) }];
    const inputs = Object.fromEntries(await Promise.all(described.inputs.map(read)));
    wanted = Object.fromEntries(await Promise.all(described.outputs.map(read)));
    const onnx = new Uint8Array(await bytes("model.onnx"));
    const start = performance.now();
    engine = await ENGINES[name](onnx, inputs);
    return { ms: performance.now() - start, where: engine.where };
  },

  /** One run, with the results on this side, and their largest difference from PyTorch's relative to the largest value. */
  async run() {
    const start = performance.now();
    const outputs = await engine.run();
    const ms = performance.now() - start;
    const errors = Object.entries(wanted).map(([name, tensor]) => difference(outputs[name].data, tensor.data));
    return { ms, error: Math.max(...errors) };
  },
};

async function fetched(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${path}`);
  return response;
}

function difference(got, wanted) {
  if (got.length !== wanted.length) throw new Error(`${got.length} values came out, ${wanted.length} were wanted`);
  let [apart, largest] = [0, 0];
  for (let at = 0; at < wanted.length; at++) {
    // What is no number must not slip through a maximum.
    const distance = Math.abs(got[at] - wanted[at]);
    apart = distance > apart || Number.isNaN(distance) ? distance : apart;
    if (Number.isNaN(apart)) throw new Error("a value came out that is no number");
    largest = Math.max(largest, Math.abs(wanted[at]));
  }
  return apart / largest;
}

onmessage = async ({ data: { id, action, ...message } }) => {
  try {
    postMessage({ id, answer: await actions[action](message) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
