// A mask estimated in the page: the same as the command line's, saved, used, marked.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { close, need, pageTest, served } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { crop, readNifti, writeNifti } from "./lib/nifti.mjs";
import { SMALL, smallLabels, smallVolume } from "./lib/volumes.mjs";

/** A box of the sample with liver, lungs, stomach, kidneys and spine. */
const [START, SIZE] = [
  [8, 12, 12],
  [64, 56, 40],
];
const FILES = ["model.json", "pet-enhance.onnx", "segmenter.onnx"];

after(close);

pageTest("a mask is estimated as by the command line, saved, used and marked", {}, async (page) => {
  const part = writeNifti(crop(readNifti(await served("samples/torso-low-dose.nii.gz")), START, SIZE));
  const wanted = readNifti(await maskOnCpu(part));
  assert.ok(wanted.values.filter((label) => label === 2).length > 1000, "there is a liver");
  const manifest = JSON.parse(await served("weights/pet-enhance/model.json"));
  for (const backend of ["gpu", "cpu"]) {
    const darkroom = await Darkroom.open(page, `/?backend=${backend}`);
    await darkroom.choose([{ name: "crop.nii.gz", bytes: part }]);
    await darkroom.opened();
    await darkroom.ready();
    await darkroom.by("estimate-mask").click();
    await darkroom.by("mask-in-use").waitFor();
    assert.match(await darkroom.by("mask-in-use").innerText(), /estimated from the image \([5-8]\)/);
    const saved = readNifti((await darkroom.download("save-mask")).bytes);
    assert.deepEqual(saved.dims, wanted.dims);
    const apart = saved.values.filter((label, at) => label !== wanted.values[at]).length;
    assert.ok(apart < 1e-3 * wanted.values.length, `${backend}: ${apart} voxels differ`);
  }
  const darkroom = new Darkroom(page);
  await darkroom.enhance();
  const record = JSON.parse((await darkroom.download("download-manifest")).bytes);
  assert.equal(record.mask, true);
  assert.equal(record.segmenter_sha256, manifest.files.find((file) => file.name === "segmenter.onnx").sha256);
  assert.match(await page.locator("body").innerText(), /estimated from the image itself/);
});

pageTest("a mask that the model cannot use is said to be, before the run and after it", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  const dims = [24, 24, 16];
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, dims) }]);
  await darkroom.opened();
  await darkroom.ready();
  const labels = readNifti(smallLabels(dims));
  const unknown = writeNifti({ ...labels, values: labels.values.map(() => 99) });
  await darkroom.by("mask").setInputFiles({ name: "unknown.nii.gz", mimeType: "", buffer: unknown });
  await darkroom.by("mask-in-use").waitFor();
  assert.match(await darkroom.by("mask-note").innerText(), /none of the labels 1 to 8, so no mask is used/);
  await darkroom.enhance();
  assert.match(await darkroom.by("mask-in-use").innerText(), /unknown\.nii\.gz \(1\), not used by the last run/);
});

/** The labels that the command line finds, with the very weights that the page was served. */
async function maskOnCpu(bytes) {
  const folder = mkdtempSync(join(tmpdir(), "darkroom-mask-"));
  try {
    for (const name of FILES) writeFileSync(join(folder, name), await served(`weights/pet-enhance/${name}`));
    const [input, output] = ["input.nii.gz", "output.nii.gz"].map((name) => join(folder, name));
    writeFileSync(input, bytes);
    execFileSync(need("DARKROOM_COMMAND"), ["mask", input, "-o", output, "--backend", "cpu", "--model", folder]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
