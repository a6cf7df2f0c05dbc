// The engines, each made ready from the bytes of a model: what it takes and gives is `{ name: { data, dims } }`.

/** Darkroom's ES module. */
function darkroom(options) {
  return async (model, inputs) => {
    const { Session } = await import("/darkroom/darkroom.js");
    const dims = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.dims]));
    const session = await Session.create(model, { ...options, inputs: dims });
    return { run: () => session.run(inputs), where: `${session.backend}, ${session.adapter}` };
  };
}

/** onnxruntime-web, from the build that its documentation names for the provider. */
function onnxruntime(build, executionProviders, threads) {
  return async (model, inputs) => {
    const ort = await import(`/onnxruntime-web/${build}`);
    ort.env.wasm.wasmPaths = "/onnxruntime-web/";
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = "error";
    const session = await ort.InferenceSession.create(model, { executionProviders });
    const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]);
    return { run: () => session.run(Object.fromEntries(feeds)), where: `${ort.env.versions.web}, ${threads} threads` };
  };
}

export const ENGINES = {
  "darkroom-gpu": darkroom({ backend: "gpu" }),
  "darkroom-cpu": darkroom({ backend: "cpu" }),
  "ort-wasm-1": onnxruntime("ort.wasm.min.mjs", ["wasm"], 1),
  "ort-wasm-2": onnxruntime("ort.wasm.min.mjs", ["wasm"], 2),
  "ort-webgpu": onnxruntime("ort.webgpu.min.mjs", ["webgpu"], 1),
};
