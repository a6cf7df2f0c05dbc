// The ES module: `Session.create` loads the half that the options ask for, and makes a session with it.
// docs/es-module.md says how to use it, darkroom.d.ts what it takes and gives.

const HALVES = { cpu: "./darkroom-cpu.js", gpu: "./darkroom-gpu.js" };

const loaded = {};

/** The functions of one half, once its WebAssembly is compiled. */
function half(name) {
  loaded[name] ??= import(HALVES[name]).then(async (half) => {
    await half.default();
    return half;
  });
  // What could not be fetched is tried again by the next session.
  loaded[name].catch(() => delete loaded[name]);
  return loaded[name];
}

export class Session {
  static async create(onnx, options) {
    // The half that is loaded refuses what is no backend.
    const { create } = await half(options?.backend === "cpu" ? "cpu" : "gpu");
    return create(onnx, options);
  }
}
