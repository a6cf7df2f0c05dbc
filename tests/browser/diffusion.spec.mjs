// Generate and Translate, with the tiny packages of the goldens: what PyTorch made of them is what the page makes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import axe from "axe-core";
import { URL_OF_PAGE, close, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { enter, made, packageFiles, withPackage } from "./lib/denoiser.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { readNpy } from "./lib/npy.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";
import { toZip } from "./lib/zip.mjs";

const GOLDENS = join(import.meta.dirname, "../goldens");

/** Edges of the volume that is translated: few slices, no multiple of the model's. */
const DIMS = [22, 18, 10];

after(close);

async function values(darkroom, id = "save-image") {
  return readNifti((await darkroom.download(id)).bytes);
}

const json = ({ bytes }) => JSON.parse(Buffer.from(bytes).toString());
const drawn = (darkroom) => darkroom.by("now").evaluate((canvas) => canvas.toDataURL());

pageTest("a seed gives PyTorch's image, gives it again, and another seed another one", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  assert.equal(await darkroom.by("task-generate").getAttribute("aria-current"), "page");
  await darkroom.by("class").selectOption("one");
  await enter(darkroom, { seed: 7 });
  await made(darkroom, "generate", 1);
  const first = await values(darkroom);
  assert.deepEqual(first.dims, [32, 32, 1]);
  const wanted = readNpy(readFileSync(join(GOLDENS, "diffusion/image.npy"))).values;
  const error = first.values.reduce((worst, value, at) => Math.max(worst, Math.abs(value - 1000 * wanted[at])), 0);
  assert.ok(error < 5, `off by ${error} HU`);
  assert.equal(await darkroom.by("frame").count(), 5, "a picture a step");
  const picture = await drawn(darkroom);

  await made(darkroom, "generate", 1);
  assert.deepEqual((await values(darkroom)).values, first.values, "the same seed, the same image");
  assert.equal(await drawn(darkroom), picture);
  await enter(darkroom, { seed: 8 });
  await made(darkroom, "generate", 1);
  assert.notDeepEqual((await values(darkroom)).values, first.values);
  assert.notEqual(await drawn(darkroom), picture);

  const record = json(await darkroom.download("save-record"));
  assert.deepEqual([record.model, record.seed, record.class, record.samples], ["tiny-diffusion", 8, "one", 1]);
  assert.match(record.mark, /Not for diagnosis/);
  const png = await darkroom.download("save-picture");
  assert.equal(Buffer.from(png.bytes).toString("latin1", 1, 4), "PNG");
  assert.match(png.name, /^tiny-diffusion-.*\.png$/);
});

pageTest("the CPU makes the same image of the three networks' files", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion", "/?backend=cpu");
  await darkroom.by("class").selectOption("one");
  await enter(darkroom, { seed: 7 });
  await made(darkroom, "generate", 1);
  const wanted = readNpy(readFileSync(join(GOLDENS, "diffusion/image.npy"))).values;
  (await values(darkroom)).values.forEach((value, at) => assert.ok(Math.abs(value - 1000 * wanted[at]) < 5, `pixel ${at}`));
  assert.equal(json(await darkroom.download("save-record")).backend, "cpu");
});

pageTest("a run is paused, stepped, looked into, taken back, and ends as if it had not been", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  const words = (pattern) => darkroom.by("step-words").filter({ hasText: pattern }).waitFor();
  await enter(darkroom, { seed: 3 });
  await made(darkroom, "generate", 1);
  const straight = await values(darkroom);

  await darkroom.by("frame").first().click();
  await words(/step 1 of 5/);
  assert.equal(await darkroom.by("frame").count(), 1, "what was taken back is off the strip");
  await darkroom.by("step").click();
  await words(/step 2 of 5/);
  const clean = await drawn(darkroom);
  await darkroom.by("look-noisy").click();
  await darkroom.by("now-words").filter({ hasText: "Noisy image" }).waitFor();
  assert.notEqual(await drawn(darkroom), clean);
  await darkroom.by("look-noise").click();
  await darkroom.by("now-words").filter({ hasText: "Predicted noise" }).waitFor();
  await darkroom.by("look-clean").click();
  await darkroom.by("now-words").filter({ hasText: "Predicted image" }).waitFor();
  await darkroom.by("back").click();
  await words(/step 1 of 5/);
  await darkroom.by("play").click();
  await words(/done/);
  await page.locator("[data-testid=generate]:enabled").waitFor();
  assert.deepEqual((await values(darkroom)).values, straight.values);

  // Ended halfway it is kept, and says what it is.
  await darkroom.by("frame").nth(1).click();
  await words(/step 2 of 5/);
  await page.keyboard.press("Escape");
  await darkroom.by("sample-made").filter({ hasText: "unfinished" }).waitFor();
  assert.equal(json(await darkroom.download("save-record")).unfinished, true);
  assert.notDeepEqual((await values(darkroom)).values, straight.values);
});

pageTest("several samples stand in a gallery with their mean and spread", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await enter(darkroom, { steps: 2 });
  await made(darkroom, "generate", 1);
  await darkroom.by("watch").uncheck();
  await enter(darkroom, { seed: 7, samples: 3 });
  await made(darkroom, "generate", 3);
  assert.deepEqual(await darkroom.by("sample-made").allInnerTexts(), ["Seed 7", "Seed 8", "Seed 9"]);
  const all = await values(darkroom, "save-samples");
  assert.deepEqual(all.dims, [32, 32, 3]);
  await darkroom.by("show-spread").click();
  const [mean, spread] = [await values(darkroom, "save-mean"), await values(darkroom, "save-spread")];
  const pixels = 32 * 32;
  for (let at = 0; at < pixels; at++) {
    const three = [0, 1, 2].map((sample) => all.values[sample * pixels + at]);
    const middle = three.reduce((sum, value) => sum + value, 0) / 3;
    const deviation = Math.sqrt(three.reduce((sum, value) => sum + (value - middle) ** 2, 0) / 2);
    assert.ok(Math.abs(mean.values[at] - middle) < 0.01 && Math.abs(spread.values[at] - deviation) < 0.01, `pixel ${at}`);
  }
  const record = json(await darkroom.download("save-record"));
  assert.deepEqual([record.samples, record.settings.steps], [3, 2]);
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`), []);
});

pageTest("a volume is translated: one slice watched, then all, with the spread of two seeds", {}, async (page) => {
  const darkroom = await withPackage(page, "translation");
  await darkroom.choose([{ name: SMALL, bytes: smallVolume((value) => value, DIMS) }]);
  await darkroom.opened();
  assert.equal(await darkroom.by("task-translate").getAttribute("aria-current"), "page");
  await made(darkroom, "translate-slice", 1);
  const slice = await values(darkroom);
  assert.deepEqual(slice.dims, [DIMS[0], DIMS[1], 1]);
  assert.equal(await darkroom.by("frame").count(), 4);
  assert.equal(json(await darkroom.download("save-record")).slice, DIMS[2] / 2);
  await darkroom.by("close-bench").click();

  await page.locator("[data-testid=translate]:enabled").click();
  await darkroom.by("download-nifti").waitFor({ timeout: 240_000 });
  const whole = await values(darkroom, "download-nifti");
  assert.deepEqual(whole.dims, DIMS);
  const pixels = DIMS[0] * DIMS[1];
  const same = whole.values.subarray((DIMS[2] / 2) * pixels, (DIMS[2] / 2 + 1) * pixels);
  same.forEach((value, at) => assert.ok(Math.abs(value - slice.values[at]) < 1e-3, `the slice's pixel ${at}`));
  assert.equal(await darkroom.by("spread").count(), 0, "one sample has no spread");

  await enter(darkroom, { samples: 2, steps: 2 });
  await page.locator("[data-testid=translate]:enabled").click();
  await darkroom.by("spread").waitFor({ timeout: 240_000 });
  const veiled = await darkroom.by("plane-axial").evaluate((canvas) => canvas.toDataURL());
  await darkroom.by("spread").click();
  await page.waitForTimeout(300);
  assert.notEqual(await darkroom.by("plane-axial").evaluate((canvas) => canvas.toDataURL()), veiled);
  const spread = await values(darkroom, "download-spread");
  assert.ok(spread.values.every((value) => value >= 0) && spread.values.some((value) => value > 0));
  const record = json(await darkroom.download("download-manifest"));
  assert.deepEqual([record.model, record.samples, record.unfinished], ["tiny-translation", 2, false]);
});

pageTest("a region of a sample is made anew and the rest stays, as the manifest says", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await enter(darkroom, { seed: 7 });
  await made(darkroom, "generate", 1);
  const first = await values(darkroom);
  await darkroom.by("origin").selectOption("sample");
  await darkroom.by("redo").selectOption("rectangle");
  await enter(darkroom, { seed: 9, "region-left": 25, "region-top": 50, "region-right": 75, "region-bottom": 100 });
  await made(darkroom, "generate", 1);
  const second = await values(darkroom);
  let changed = 0;
  second.values.forEach((value, at) => {
    const [x, y] = [at % 32, Math.floor(at / 32)];
    const inside = x >= 8 && x < 24 && y >= 16;
    changed += Math.abs(value - first.values[at]) > 1 ? 1 : 0;
    assert.ok(inside || Math.abs(value - first.values[at]) < 1e-2, `pixel ${x}, ${y} is kept`);
  });
  assert.ok(changed > 200, `${changed} of 256 pixels are new`);
  const record = json(await darkroom.download("save-record"));
  assert.match(record.start.sha256 + record.start.mask_sha256, /^[0-9a-f]{128}$/);
  assert.equal(record.settings.inpaint.repeats, 1);

  // Drawn on the picture; and the same image begun at a strength.
  await darkroom.by("region-picture").scrollIntoViewIfNeeded();
  const box = await darkroom.by("region-picture").boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.8, { steps: 3 });
  await page.mouse.up();
  const right = Number(await darkroom.by("region-right").inputValue());
  assert.ok(Math.abs(right - 60) <= 2, `drawn to ${right} %`);
  await darkroom.by("redo").selectOption("all");
  await enter(darkroom, { strength: 0.4 });
  await made(darkroom, "generate", 1);
  assert.deepEqual(json(await darkroom.download("save-record")).settings.start, { from: "image", strength: 0.4 });
  await enter(darkroom, { strength: 2 });
  assertSentence(await darkroom.alert(), /strength must be above 0/);
});

pageTest("numbers are entered by name, and a slice starts from the series itself", {}, async (page) => {
  const darkroom = await withPackage(page, "numbers");
  await enter(darkroom, { seed: 7, "number-age": 63, "number-sex": 1 });
  await made(darkroom, "generate", 1);
  const wanted = readNpy(readFileSync(join(GOLDENS, "numbers/denoiser.npy"))).values;
  (await values(darkroom)).values.forEach((value, at) => assert.ok(Math.abs(value - (wanted[at] + 1) / 2) < 5e-3, `pixel ${at}`));
  const { numbers } = json(await darkroom.download("save-record"));
  assert.deepEqual(numbers, { age: 63, sex: 1, ventricles: 0.3 });
  await enter(darkroom, { "number-age": 20 });
  assertSentence(await darkroom.alert(), /age must be from 44 to 82 years/);

  const zip = { name: "t.zip", mimeType: "application/zip", buffer: toZip(packageFiles("translation")) };
  await darkroom.by("denoiser-file").setInputFiles(zip);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume((value) => value, DIMS) }]);
  await darkroom.opened();
  await darkroom.by("origin").selectOption("series");
  await enter(darkroom, { strength: 0.5 });
  await made(darkroom, "translate-slice", 1);
  assert.equal(await darkroom.by("frame").count(), 2, "half of four steps");
  assert.match(json(await darkroom.download("save-record")).start.sha256, /^[0-9a-f]{64}$/);
});

pageTest("a model that the page offers comes along only when it is chosen", { before: offering }, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.by("task-generate").click();
  const offer = darkroom.by("offered");
  assert.match(await offer.innerText(), /Load tiny-diffusion/);
  assert.equal(page.fetched.length, 0, "nothing of it was fetched");
  await offer.click();
  await darkroom.by("denoiser").waitFor();
  assert.ok(page.fetched.includes("denoiser.onnx"));
  await darkroom.ready();
  await made(darkroom, "generate", 1);

  await page.goto(`${URL_OF_PAGE}/?backend=gpu&model=nothing`);
  await page.locator("#boot-alert:visible").waitFor();
  assertSentence(await page.locator("#boot-alert").innerText(), /no diffusion model called .nothing.; it has tiny-diffusion/);
  await page.goto(`${URL_OF_PAGE}/?backend=gpu&model=tiny-diffusion&damaged`);
  assertSentence(await darkroom.alert(), /damaged or was changed/);
  await darkroom.stillWorks();
});

/** Has the page offer the golden package as one of its own, and notes what is fetched of it. */
async function offering(context, page) {
  page.fetched = [];
  const files = packageFiles("diffusion");
  const entry = { name: "tiny-diffusion", title: "Tiny", kind: "diffusion", takes: null, files: Object.keys(files), bytes: 1 };
  await context.route("**/weights/index.json", (route) => route.fulfill({ json: [entry] }));
  await context.route("**/weights/tiny-diffusion/*", (route) => {
    const name = route.request().url().split("/").pop();
    page.fetched.push(name);
    const damaged = page.url().includes("damaged") && name === "decoder.onnx";
    return route.fulfill({ body: damaged ? files[name].subarray(1) : files[name] });
  });
}

pageTest("what cannot be done is said in a sentence, and the page goes on", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  const refused = async (fields, pattern) => {
    await enter(darkroom, fields);
    await page.locator("[data-testid=generate]:enabled").click();
    assertSentence(await darkroom.alert(), pattern);
    await page.getByRole("button", { name: "Dismiss" }).click();
  };
  await refused({ steps: 0 }, /0 steps were asked for/);
  await refused({ steps: 5000 }, /at most 1000/);
  await refused({ steps: 2, samples: 0 }, /0 samples were asked for/);
  await enter(darkroom, { samples: 1, seed: -1 });
  assertSentence(await darkroom.alert(), /seed must be a whole number/);
  await enter(darkroom, { seed: 1 });
  await made(darkroom, "generate", 1);

  for (const [change, pattern] of [
    [(files) => delete files["decoder.onnx"], /lacks its file decoder\.onnx/],
    [(files) => files["denoiser.onnx"].writeUInt8(files["denoiser.onnx"][900] ^ 1, 900), /damaged or was changed/],
    [(files) => (files["model.json"] = Buffer.from(files["model.json"].toString().replace('"steps": 5', '"steps": 5000'))), /5000 steps/],
  ]) {
    const files = packageFiles("diffusion");
    change(files);
    await darkroom.by("denoiser-file").setInputFiles({ name: "p.zip", mimeType: "application/zip", buffer: toZip(files) });
    assertSentence(await darkroom.alert(), pattern);
    await page.getByRole("button", { name: "Dismiss" }).click();
  }
  // What was there before is still there.
  await made(darkroom, "generate", 1);
});
