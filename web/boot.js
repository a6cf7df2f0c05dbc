// Loads all the page will ever need, seals the room, then starts the page.
// The order is the promise: nothing here sees a patient file, and what sees one cannot reach a network.

/** Ways out that a content security policy does not close, or closes only in some browsers. */
const EXITS = ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebTransport", "WebSocket", "EventSource"];

/** The policy of the sealed room: not even the page's own server can be reached. */
const SEALED =
  "default-src 'none'; script-src 'wasm-unsafe-eval'; worker-src blob:; style-src 'none'; img-src blob: data:; " +
  "connect-src 'none'; font-src 'none'; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'none'; manifest-src 'none'";

/** Which models this build has, made of their manifests. */
const INDEX = "weights/index.json";

const MODEL = "weights/pet-enhance/";
const FILES = {
  app: "app_bg.wasm",
  engine: "engine_bg.wasm",
  dicom: "dicom_bg.wasm",
  engineGlue: "engine.js",
  dicomGlue: "dicom.js",
  workerScript: "web/worker.js",
  manifest: MODEL + "model.json",
  network: MODEL + "pet-enhance.onnx",
  segmenter: MODEL + "segmenter.onnx",
  card: MODEL + "CARD.md",
  sample: "samples/torso-low-dose.nii.gz",
};

/** The CPU path, more than all the rest: it comes along only where the CPU will have to compute. */
const CPU_FILES = { cpu: "cpu_bg.wasm", cpuGlue: "cpu.js" };

/** Names by which an adapter gives away that the CPU plays GPU; the engine has the same list. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** `?backend=gpu` or `?backend=cpu` overrules what the engine would choose. */
const asked = new URLSearchParams(location.search);
const wish = asked.get("backend") ?? "";

/** `?tier=baseline`, `half` or `subgroups` has the GPU compute so, where it can. */
const tier = asked.get("tier") ?? "";

/** `?model=NAME` has a diffusion model come along: once the room is sealed it could not be fetched any more. */
const model = asked.get("model") ?? "";

const locked = lockExits();
const root = new URL("../", import.meta.url);

boot().catch((error) => say(`Darkroom could not start: ${error.message}. Reload the page; if that does not help, try a current Chrome, Edge, Safari or Firefox.`));

async function boot() {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  const [glue, files] = await Promise.all([import(new URL("app.js", root).href), fetchAll()]);
  stage("Preparing the engine");
  const [app, engine] = await Promise.all([WebAssembly.compile(files.app), WebAssembly.compile(files.engine)]);

  const ledger = seal();
  await proveSealed();
  const room = makeRoom(files, engine, ledger);

  addEventListener("error", (event) => {
    if (event.error instanceof WebAssembly.RuntimeError) say("The page stopped because of an error in Darkroom itself. Reload it to go on; nothing was sent anywhere.");
  });
  await glue.default({ module_or_path: app });
  document.getElementById("boot").remove();
  glue.start(document.getElementById("app"), room);
}

/** Removes the exits for good and tells which of them this browser had. */
function lockExits() {
  return EXITS.filter((name) => {
    const had = name in globalThis;
    Object.defineProperty(globalThis, name, { value: undefined, writable: false, configurable: false });
    return had;
  });
}

/** Whether the CPU will have to compute, as far as that can be told before the engine tries. */
async function needsCpu() {
  if (wish || tier) return wish === "cpu";
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return true;
  const info = adapter.info ?? {};
  return Boolean(info.isFallbackAdapter) || SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(" "));
}

/** All files, each as bytes, with the progress shown. Once the room is sealed none can be had any more. */
async function fetchAll() {
  const bar = document.getElementById("boot-progress");
  const share = new Map();
  const show = () => (bar.value = [...share.values()].reduce((sum, part) => sum + part, 0) / share.size);
  const files = (await needsCpu()) ? { ...FILES, ...CPU_FILES } : FILES;
  const entries = async (files) => {
    const arriving = Object.entries(files).map(async ([key, path]) => {
      share.set(path, 0);
      return [key, await fetchBytes(path, (part) => (share.set(path, part), show()))];
    });
    return Object.fromEntries(await Promise.all(arriving));
  };
  const withModel = async () => {
    const models = JSON.parse(new TextDecoder().decode(await fetchBytes(INDEX, () => {})));
    return { models, denoiser: await entries(chosenFiles(models)) };
  };
  const [others, chosen] = await Promise.all([entries(files), withModel()]);
  return { ...others, ...chosen };
}

/** The files of the model that the address names, by their names in its folder. */
function chosenFiles(models) {
  if (!model) return {};
  const entry = models.find(({ name }) => name === model);
  if (entry?.kind === "diffusion") return Object.fromEntries(entry.files.map((file) => [file, `weights/${model}/${file}`]));
  const known = models.filter(({ kind }) => kind === "diffusion").map(({ name }) => name);
  say(`This page has no diffusion model called \u201c${model}\u201d; it has ${known.join(", ") || "none"}. It goes on without.`);
  return {};
}

/** One file's bytes; `progress` hears the share that has arrived. */
async function fetchBytes(path, progress) {
  const response = await fetch(new URL(path, root)).catch(() => null);
  if (!response) throw new Error(`${path} did not arrive, the connection broke`);
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${path}`);
  const total = Number(response.headers.get("content-length"));
  const parts = [];
  let arrived = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    arrived += value.length;
    if (total > 0) progress(Math.min(1, arrived / total));
  }
  progress(1);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** Adds the strict policy, which no script can lift again, and starts to count. */
function seal() {
  const ledger = { sent: 0, refused: 0, listeners: [], violations: new Set() };
  const changed = () => ledger.listeners.forEach((listener) => listener());
  // Counted without an answer; a report of the refusal that comes later still takes them back.
  const doubtful = new Set();
  addEventListener("securitypolicyviolation", (event) => {
    ledger.refused += 1;
    ledger.violations.add(event.blockedURI);
    if (doubtful.delete(event.blockedURI)) ledger.sent -= 1;
    changed();
  });
  performance.clearResourceTimings();
  const sealedAt = performance.now();
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // The page's icon may still be on its way from before the seal.
      if (/^(blob|data):/.test(entry.name) || entry.startTime < sealedAt) continue;
      // A refused attempt may leave a timing entry though it never reached the network. The report of the refusal
      // may come after the entry, so an entry without an answer is judged a little later.
      const answered = entry.responseStatus > 0 || entry.transferSize > 0;
      const judge = () => {
        if (!answered && ledger.violations.has(entry.name)) return;
        if (!answered) doubtful.add(entry.name);
        ledger.sent += 1;
        changed();
      };
      answered ? judge() : setTimeout(judge, 2000);
    }
  }).observe({ type: "resource" });
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = SEALED;
  document.head.append(meta);
  return ledger;
}

/** A browser that ignored the policy must not be trusted with a file. */
async function proveSealed() {
  const escaped = await fetch(new URL("self-test", root)).then(() => true, () => false);
  if (escaped) throw new Error("this browser did not seal the page, so no file can be accepted safely");
}

/** What the page needs from here: see the `room` module of the app. */
function makeRoom(files, engine, ledger) {
  const script = URL.createObjectURL(
    new Blob([files.engineGlue, files.dicomGlue, files.cpuGlue ?? "", files.workerScript].flatMap((part) => [part, "\n"]), {
      type: "text/javascript",
    }),
  );
  // Refused attempts so far are the proof of `proveSealed`, not the user's.
  ledger.refused = 0;
  return {
    locked: () => locked.join(", "),
    policy: () => SEALED,
    sent: () => ledger.sent,
    refused: () => ledger.refused,
    listen: (listener) => ledger.listeners.push(listener),
    hasCpu: () => Boolean(files.cpu),
    sample: () => new File([files.sample], FILES.sample.split("/").pop()),
    worker() {
      const worker = new Worker(script, { name: "engine" });
      const { manifest, network, segmenter, card } = files;
      const weights = { "model.json": manifest, "pet-enhance.onnx": network, "segmenter.onnx": segmenter, "CARD.md": card };
      const { dicom, cpu } = files;
      const denoiser = Object.entries(files.denoiser);
      worker.postMessage({ boot: { engine, dicom, cpu, wish, tier, weights: Object.entries(weights), denoiser } });
      return worker;
    },
    offered: () => JSON.stringify(files.models),
    addressWith(model) {
      const address = new URL(location.href);
      address.searchParams.set("model", model);
      return address.search;
    },
    selfTest: () => selfTest(script),
  };
}

/** Really tries each way out. Answers rows of name, "refused" or "ESCAPED", and how. */
async function selfTest(script) {
  const target = new URL("self-test", root).href;
  const rows = [];
  const attempt = async (name, act) => {
    const how = await Promise.resolve()
      .then(act)
      .catch((error) => ({ refused: true, how: error.message }));
    rows.push([name, how.refused ? "refused" : "ESCAPED", how.how]);
  };
  await attempt("fetch from the page", () => fetch(target).then(() => ({ refused: false, how: "the server answered" })));
  await attempt("fetch from the engine's worker", () => askWorker(script, target));
  await attempt("beacon", async () => {
    const refused = nextViolation();
    navigator.sendBeacon?.(target, "self-test");
    return (await refused) ? { refused: true, how: "stopped by the policy" } : { refused: false, how: "the policy did not stop it" };
  });
  await attempt("image from the server", async () => {
    const refused = nextViolation();
    new Image().src = target;
    return (await refused) ? { refused: true, how: "stopped by the policy" } : { refused: false, how: "the policy did not stop it" };
  });
  for (const name of ["WebSocket", "EventSource", "WebTransport", "RTCPeerConnection"]) {
    await attempt(name, () => ({ refused: globalThis[name] === undefined, how: globalThis[name] ? "it is there" : "it does not exist here" }));
  }
  return rows;
}

/** Whether the policy refuses something within a second. */
function nextViolation() {
  return new Promise((resolve) => {
    addEventListener("securitypolicyviolation", () => resolve(true), { once: true });
    setTimeout(() => resolve(false), 1000);
  });
}

/** The self-test from inside a worker made like the engine's. */
function askWorker(script, target) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { name: "self-test" });
    worker.onmessage = ({ data }) => (worker.terminate(), resolve(data));
    worker.onerror = (event) => (worker.terminate(), reject(new Error(event.message)));
    worker.postMessage({ selfTest: target });
  });
}

function stage(text) {
  document.getElementById("boot-stage").textContent = text;
}

function say(sentence) {
  const alert = document.getElementById("boot-alert");
  alert.hidden = false;
  alert.textContent = sentence;
}
