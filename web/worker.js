// The worker's first lines: boot.js puts the glue of the engine and of the modules it may need before them, in one blob,
// so that the worker inherits the sealed policy. Nothing here can fetch.
"use strict";

for (const name of ["WebSocket", "WebTransport", "EventSource"]) {
  Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });
}

let running = null;

self.onmessage = ({ data }) => {
  if (data.selfTest) {
    tryToEscape(data.selfTest);
  } else if (data.boot) {
    running = start(data.boot);
    running.catch(stopped);
  } else {
    running.then((worker) => worker.receive(data)).catch(stopped);
  }
};

async function start(boot) {
  await engine({ module_or_path: boot.engine });
  return new engine.Engine(boot.weights, boot.denoiser, boot.wish, boot.tier, () => openDicom(boot), boot.cpu && (() => openCpu(boot)));
}

/** The DICOM module comes to life with the first DICOM file. */
async function openDicom(boot) {
  boot.dicomReady ??= dicom({ module_or_path: await WebAssembly.compile(boot.dicom) });
  await boot.dicomReady;
  return new dicom.DicomReader();
}

/** The CPU path comes to life where there is no GPU to trust. */
async function openCpu(boot) {
  boot.cpuReady ??= cpu({ module_or_path: await WebAssembly.compile(boot.cpu) });
  await boot.cpuReady;
  return cpu;
}

function stopped(error) {
  self.postMessage([JSON.stringify({ stopped: { what: String(error?.message ?? error) } })]);
}

async function tryToEscape(target) {
  const answer = await fetch(target).then(
    () => ({ refused: false, how: "the server answered" }),
    (error) => ({ refused: true, how: error.message }),
  );
  self.postMessage(answer);
}

// Requests that left the worker. A refused attempt may leave a timing entry, and the report of the refusal may come
// after it, so entries are judged a little later.
let requests = 0;
const refused = new Set();
self.addEventListener("securitypolicyviolation", (event) => refused.add(event.blockedURI));
new PerformanceObserver((list) => {
  const outside = list.getEntries().filter((entry) => !/^(blob|data):/.test(entry.name));
  setTimeout(() => {
    const sent = outside.filter((entry) => !refused.has(entry.name));
    if (sent.length === 0) return;
    requests += sent.length;
    self.postMessage([JSON.stringify({ requests: { count: requests } })]);
  }, 2000);
}).observe({ type: "resource" });
