// What the page says to input it cannot use, and that it goes on working.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { beforeWorker, close, need, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { realSeries } from "./lib/dicom.mjs";
import { petSeries } from "./lib/pet-series.mjs";
import { writeNifti } from "./lib/nifti.mjs";
import { SMALL, smallValues, smallVolume } from "./lib/volumes.mjs";

after(close);

const series = realSeries(need("DARKROOM_DATA"));

const FILES = [
  ["a text file", "notes.txt", () => Buffer.from("Dear radiologist,\n"), /./],
  ["an empty file", "empty.nii", () => Buffer.alloc(0), /./],
  ["a truncated NIfTI", "short.nii.gz", () => smallVolume().subarray(0, 5000), /./],
  ["a NIfTI with NaN", "nan.nii.gz", () => smallVolume((value, at) => (at % 97 ? value : NaN)), /NaN|not numbers?/i],
  ["a constant volume", "flat.nii.gz", () => smallVolume(() => 1), /constant|same value|uniform/i],
  ["one slice", "slice.nii.gz", () => smallVolume(undefined, [48, 40, 1]), /slice/i],
  ["a NIfTI that lies nowhere", "nowhere.nii.gz", nowhere, /position .* not a number/i],
  ["a huge matrix", "huge.nii", hugeHeader, /./],
];

for (const [what, name, bytes, pattern] of FILES) {
  pageTest(`${what} gets a sentence`, {}, async (page, { t }) => {
    const darkroom = await Darkroom.open(page);
    await darkroom.choose([{ name, bytes: bytes() }]);
    const said = await darkroom.alert();
    t.diagnostic(said);
    assertSentence(said.replaceAll(name, "it"), pattern);
    await darkroom.stillWorks();
  });
}

if (!series) {
  test("a truncated DICOM gets a sentence", { skip: `SKIPPED: no pet/sts001_dicom in ${need("DARKROOM_DATA")}` });
} else {
  pageTest("a truncated DICOM gets a sentence", {}, async (page) => {
    const darkroom = await Darkroom.open(page);
    const whole = readFileSync(series[0]);
    await darkroom.choose([{ name: "short.dcm", bytes: whole.subarray(0, whole.length - 9000) }]);
    assertSentence(await darkroom.alert(), /./);
    await darkroom.stillWorks();
  });

  pageTest("a series with a missing slice gets a sentence", {}, async (page) => {
    const darkroom = await Darkroom.open(page);
    await darkroom.choose(series.slice(0, 20).filter((_, at) => at !== 9));
    await darkroom.by("series-row").first().waitFor();
    const said = await darkroom.by("series-verdict").first().innerText();
    const notes = await darkroom.by("series-row").first().textContent();
    assert.match(said + notes, /missing|gap|distance|spacing/i);
    await darkroom.stillWorks();
  });
}

pageTest("a result that is opened again is warned of, as NIfTI and as DICOM", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose(petSeries(70));
  await darkroom.opened();
  assert.equal(await darkroom.by("series-warning").count(), 0, "the scan itself is as it should be");
  await darkroom.enhance();
  const nifti = await darkroom.download("download-nifti");
  const dicom = await darkroom.download("download-dicom");
  for (const { name, bytes } of [nifti, dicom]) {
    const title = `again-${name}`;
    await darkroom.choose([{ name: title, bytes }]);
    await darkroom.by("series-row").filter({ hasText: name === nifti.name ? title : "SYNTH" }).waitFor();
    assertSentence(await darkroom.by("series-warning").innerText(), /synthetic already/);
    assert.equal(await darkroom.by("series-verdict").innerText(), "usable", "warned of, not refused");
    await darkroom.opened();
  }
});

pageTest("weights with a wrong checksum are not used", { before: alterWeights }, async (page) => {
  const darkroom = await Darkroom.open(page);
  assertSentence(await darkroom.alert(), /SHA-256|checksum|damaged|changed/i);
  await darkroom.stillWorks();
  assert.ok(await darkroom.by("enhance").isDisabled());
});

const noGpu = (context) =>
  beforeWorker(context, `Object.defineProperty(WorkerNavigator.prototype, "gpu", { get: () => undefined });`);

pageTest("without WebGPU the CPU does the work, and the page says so and why", { before: noGpu }, async (page) => {
  await runsOnCpu(await Darkroom.open(page, "/"), /no WebGPU/);
});

pageTest("where WebGPU is only software the CPU does the work, and the page says why", {}, async (page) => {
  await runsOnCpu(await Darkroom.open(page, "/"), /only software/);
});

// The convolutions sum with `fma`; `mix` takes the same arguments, so the shaders still compile and the numbers are wrong.
const wrongGpu = (context) =>
  beforeWorker(
    context,
    `const create = GPUDevice.prototype.createShaderModule;
     GPUDevice.prototype.createShaderModule = function (descriptor) {
       return create.call(this, { ...descriptor, code: descriptor.code.replaceAll(/\\bfma\\(/g, "mix(") });
     };`,
  );

pageTest("a GPU that computes wrongly is found by the probe", { before: wrongGpu }, async (page) => {
  const darkroom = await Darkroom.open(page);
  await offersCpu(darkroom, /wrong/i);
});

/** The page chooses the CPU by itself, gives the reason, and a run works. */
async function runsOnCpu(darkroom, pattern) {
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, [24, 24, 16]) }]);
  await darkroom.opened();
  await darkroom.enhance();
  assert.match(await darkroom.by("backend").innerText(), /CPU/);
  assertSentence(await darkroom.by("why-cpu").innerText(), pattern);
}

/** The page, which came without the CPU path, gives a sentence and a way on; taking it, a run works. */
async function offersCpu(darkroom, pattern) {
  const useCpu = darkroom.by("use-cpu");
  await useCpu.waitFor({ timeout: 180_000 });
  const said = await useCpu.locator("xpath=..").locator("p").allInnerTexts();
  assertSentence(said.join(" "), pattern);
  await useCpu.click();
  await darkroom.page.waitForURL(/backend=cpu/);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, [24, 24, 16]) }]);
  await darkroom.opened();
  await darkroom.enhance();
  assert.match(await darkroom.by("backend").innerText(), /CPU/);
}

async function alterWeights(context) {
  await context.route("**/*.onnx", async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  });
}

/** A volume whose first axis points to no number. */
function nowhere() {
  const dims = [24, 24, 16];
  return writeNifti({ dims, affine: [[NaN, 0, 0, 0], [0, 4, 0, 0], [0, 0, 4, 0]], values: smallValues(dims) });
}

/** A header that promises 16384 x 16384 x 16384 voxels. */
function hugeHeader() {
  const bytes = Buffer.alloc(352 + 64);
  bytes.writeInt32LE(348, 0);
  [3, 16384, 16384, 16384, 1, 1, 1, 1].forEach((size, at) => bytes.writeInt16LE(size, 40 + 2 * at));
  bytes.writeInt16LE(16, 70);
  bytes.writeInt16LE(32, 72);
  [1, 2, 2, 2].forEach((size, at) => bytes.writeFloatLE(size, 76 + 4 * at));
  bytes.writeFloatLE(352, 108);
  bytes.write("n+1\0", 344, "latin1");
  return bytes;
}
