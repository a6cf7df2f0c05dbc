// The kernels in the page, and Burn in the page and behind the command line, agree on the same volume.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { close, need, pageTest, served } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { crop, readNifti, writeNifti } from "./lib/nifti.mjs";

/** Odd sizes, so that tiles have ragged ends. */
const SIZE = [45, 39, 27];

after(close);

pageTest("the GPU, the CPU in the page and the command line agree on a crop of the sample", {}, async (page) => {
  const sample = readNifti(await served("samples/torso-low-dose.nii.gz"));
  const start = sample.dims.map((size, axis) => (size - SIZE[axis]) >> 1);
  const part = writeNifti(crop(sample, start, SIZE));
  const wanted = readNifti(await enhanceOnCpu(part));
  for (const backend of ["gpu", "cpu"]) {
    const darkroom = await Darkroom.open(page, `/?backend=${backend}`);
    await darkroom.choose([{ name: "crop.nii.gz", bytes: part }]);
    await darkroom.opened();
    await darkroom.enhance();
    assert.equal(/CPU/.test(await darkroom.by("backend").innerText()), backend === "cpu");
    const got = readNifti((await darkroom.download("download-nifti")).bytes);
    assert.deepEqual(got.dims, wanted.dims);
    const largest = wanted.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    assert.ok(largest > 0);
    let apart = 0;
    got.values.forEach((value, at) => (apart = Math.max(apart, Math.abs(value - wanted.values[at]))));
    assert.ok(apart <= 1e-3 * largest, `${backend}: they differ by ${apart} where the largest value is ${largest}`);
  }
});

/** The same volume by the command line, with the very weights that the page was served. */
async function enhanceOnCpu(bytes) {
  const folder = mkdtempSync(join(tmpdir(), "darkroom-twin-"));
  try {
    for (const name of ["model.json", "pet-enhance.onnx", "segmenter.onnx", "CARD.md"])
      writeFileSync(join(folder, name), await served(`weights/pet-enhance/${name}`));
    const [input, output] = ["input.nii.gz", "output.nii.gz"].map((name) => join(folder, name));
    writeFileSync(input, bytes);
    execFileSync(need("DARKROOM_COMMAND"), ["enhance", input, "-o", output, "--backend", "cpu", "--model", folder]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
