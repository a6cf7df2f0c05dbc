// The ES module, on the page that its documentation shows.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after } from "node:test";
import { URL_OF_PAGE, close, pageTest } from "./lib/browser.mjs";
import { readNpy } from "./lib/npy.mjs";

const GOLDENS = new URL("../goldens/", import.meta.url);
/** An ONNX model of one node, `twice = Add(n, n)` on two int64. */
const DOUBLES = "CAg6PQoSCgFuCgFuEgV0d2ljZSIDQWRkEgFnWg8KAW4SCgoICAcSBAoCCAJiEwoFdHdpY2USCgoICAcSBAoCCAJCBAoAEBE=";
const PAGE = `${URL_OF_PAGE}/es-module.html`;

after(close);

pageTest("the documented page runs a network", { before: (context) => serve(context, "sequence1d") }, async (page) => {
  await page.goto(PAGE);
  const result = page.locator("#result", { hasNotText: "running" });
  await result.waitFor();
  assert.match(await result.innerText(), /^on software gpu \(.+\)\noutput 3 x 4 x 23: (-?[\d.e-]+(, )?){4}$/);
});

for (const backend of ["gpu", "cpu"])
  pageTest(`two inputs give PyTorch's numbers on the ${backend}, again and again`, { before: (context) => serve(context, "unet2d") }, async (page) => {
    await open(page, { backend });
    assert.deepEqual(await page.evaluate(() => [session.inputNames, session.outputNames]), [["image", "context"], ["output"]]);
    assert.deepEqual(await page.evaluate(() => [session.tier, session.narrowed]), ["baseline", ""]);
    const inputs = { image: golden("unet2d", "image"), context: golden("unet2d", "context") };
    const wanted = golden("unet2d", "output");
    for (let run = 0; run < 2; run++) {
      const { output } = await page.evaluate(runOnce, inputs);
      assert.equal(output.kind, "Float32Array");
      assert.deepEqual(output.dims, wanted.dims);
      assertClose(output.data, wanted.data);
    }
  });

pageTest("a profile names each operation, and a released session says so", { before: (context) => serve(context, "unet2d") }, async (page) => {
  for (const backend of ["gpu", "cpu"]) {
    await open(page, { backend });
    const timings = await page.evaluate(() => session.profile());
    assert.ok(timings.length > 10);
    assert.ok(timings.every(({ node, shader, ms }) => node && shader && ms >= 0), JSON.stringify(timings[0]));
    assert.ok(timings.every(({ work }) => (backend === "gpu" ? work > 0 : work === undefined)), JSON.stringify(timings[0]));
    assert.ok(timings.some(({ shader }) => /^conv$/i.test(shader)) && timings.some(({ ms }) => ms > 0));
    await page.evaluate(() => session.release());
    await refused(page, () => session.run({}), /input image is missing/);
    await refused(page, () => session.profile(), /this session was released; create another/);
  }
});

pageTest("bad arguments are refused in sentences", { before: (context) => serve(context, "sequence1d") }, async (page) => {
  await open(page, {});
  const signal = golden("sequence1d", "signal");
  const feed = (change) => ({ signal: { ...signal, ...change } });
  const cases = [
    [{}, /input signal is missing; the model takes signal/],
    [{ ...feed({}), noise: signal }, /no input noise; it takes signal/],
    [feed({ dims: [3, 3, 22] }), /\[3, 3, 22\].*made for \[3, 3, 21\]/],
    [feed({ data: signal.data.slice(1) }), /dimensions \[3, 3, 21\] and 188 values/],
    [feed({ dims: "3" }), /the dims of input signal must be an array of whole numbers/],
    [feed({ kind: "Int32Array" }), /Float32Array, since the model declares float, and is a Int32Array/],
  ];
  for (const [inputs, words] of cases) {
    const error = await page.evaluate(runOnce, inputs).catch((error) => error);
    assert.match(String(error.message), words);
  }
  await refused(page, () => Promise.all([session.profile(), session.profile()]), /this session is running; await its last run/);
  await refused(page, () => Session.create("model"), /the model must be a Uint8Array or an ArrayBuffer/);
  await refused(page, () => Session.create(new Uint8Array(50)), /not a readable ONNX model|model is damaged/);
  await refused(page, async () => Session.create(await model(), { device: "gpu" }), /no option device; the options are backend/);
  await refused(page, async () => Session.create(await model(), { backend: "npu" }), /backend must be "gpu" or "cpu"/);
  await refused(page, async () => Session.create(await model(), { tier: "double" }), /tier must be "baseline" or "half" or "subgroups"/);
  await refused(page, async () => Session.create(await model(), { tier: "subgroups" }), /does not have the tier subgroups; its highest is/);
  await refused(page, async () => Session.create(await model(), { inputs: { signal: [1, 2] } }), /input signal: the model wants/);
  await refused(page, async () => Session.create(await model(), { constants: { n: { data: new Float32Array(1), dims: [1] } } }), /no input n/);
});

pageTest("an input can be a constant", { before: (context) => serve(context, "unet2d") }, async (page) => {
  const context = golden("unet2d", "context");
  await open(page, { backend: "cpu", constants: { context } });
  assert.deepEqual(await page.evaluate(() => session.inputNames), ["image"]);
  const { output } = await page.evaluate(runOnce, { image: golden("unet2d", "image") });
  assertClose(output.data, golden("unet2d", "output").data);
});

pageTest("64-bit integers come back as they went, and one beyond 32 bits is refused by name", { before: (context) => serve(context, "sequence1d") }, async (page) => {
  for (const backend of ["gpu", "cpu"]) {
    await open(page, { backend });
    const twice = await page.evaluate(async ([doubles, backend]) => {
      globalThis.session = await Session.create(Uint8Array.from(atob(doubles), (letter) => letter.charCodeAt(0)), { backend });
      const { twice } = await session.run({ n: { data: BigInt64Array.of(-3n, 2n ** 20n), dims: [2] } });
      return [twice.data.constructor.name, twice.dims, String(twice.data)];
    }, [DOUBLES, backend]);
    assert.deepEqual(twice, ["BigInt64Array", [2], "-6,2097152"]);
    await refused(page, () => session.run({ n: { data: BigInt64Array.of(1n, 2n ** 31n), dims: [2] } }), /input n holds 2147483648/);
  }
});

/** Serves the documentation's page, and a golden's model beside it. */
async function serve(context, golden) {
  const documentation = readFileSync(new URL("../../docs/es-module.md", import.meta.url), "utf8");
  const body = documentation.match(/```html\n([\s\S]*?)```/)[1];
  await context.route(PAGE, (route) => route.fulfill({ body, contentType: "text/html" }));
  const model = readFileSync(new URL(`${golden}/model.onnx`, GOLDENS));
  await context.route(`${URL_OF_PAGE}/model.onnx`, (route) => route.fulfill({ body: model }));
}

/** Makes a session that the page's functions find as `session`. */
async function open(page, options) {
  await page.goto(PAGE);
  await page.locator("#result", { hasNotText: "running" }).waitFor();
  await page.evaluate(async (options) => {
    const { Session } = await import("/darkroom.js");
    const typed = ({ data, dims, kind = "Float32Array" }) => ({ data: globalThis[kind].from(data), dims });
    for (const [name, tensor] of Object.entries(options.constants ?? {})) options.constants[name] = typed(tensor);
    const model = async () => (await fetch("/model.onnx")).arrayBuffer();
    const session = await Session.create(await model(), options);
    Object.assign(globalThis, { Session, session, model, typed });
  }, options);
}

/** In the page: one run, with arrays that can travel. */
async function runOnce(inputs) {
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, typed(tensor)]));
  const outputs = Object.entries(await session.run(tensors));
  return Object.fromEntries(outputs.map(([name, { data, dims }]) => [name, { data: Array.from(data), dims, kind: data.constructor.name }]));
}

/** Whether `action`, run in the page, is refused as a DarkroomError with these words. */
async function refused(page, action, words) {
  const source = `(${action})().then(() => "nothing was refused", (error) => \`\${error.name}: \${error.message}\`)`;
  const said = await page.evaluate(source);
  assert.match(said, /^DarkroomError: /);
  assert.match(said, words);
}

function golden(folder, name) {
  const { dims, values } = readNpy(readFileSync(new URL(`${folder}/${name}.npy`, GOLDENS)));
  return { dims, data: Array.from(values) };
}

/** At most 1e-4 of the largest value apart. */
function assertClose(got, wanted) {
  assert.equal(got.length, wanted.length);
  const largest = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const apart = wanted.reduce((apart, value, at) => Math.max(apart, Math.abs(value - got[at])), 0);
  assert.ok(largest > 0 && apart <= 1e-4 * largest, `they differ by ${apart} where the largest value is ${largest}`);
}
