// The main job on the sample that the page carries: open, enhance, check, download, open again.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest, served } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { interior, statistics } from "./lib/statistics.mjs";

const LIVER = 2;

after(close);

pageTest("the sample is enhanced, downloaded and opened again", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.sample();
  await darkroom.enhance();
  const numbers = await darkroom.by("result-numbers").innerText();
  assert.match(numbers, /Mean[\s\S]*Max[\s\S]*Noise/);
  await darkroom.by("swipe").waitFor();
  await darkroom.by("difference").waitFor();

  const file = await darkroom.download("download-nifti");
  const input = readNifti(await served("samples/torso-low-dose.nii.gz"));
  const result = readNifti(file.bytes);
  assert.deepEqual(result.dims, input.dims);
  result.affine.flat().forEach((value, at) => assert.ok(Math.abs(value - input.affine.flat()[at]) < 1e-3, `affine ${at}`));
  assert.ok(result.values.every(Number.isFinite), "every voxel is a number");

  const regions = readNifti(await served("samples/torso-regions.nii.gz"));
  const liver = interior(regions.values, regions.dims, LIVER);
  const [before, now] = [statistics(input.values, liver), statistics(result.values, liver)];
  assert.ok(before.count > 100, `the liver has ${before.count} voxels`);
  assert.ok(now.deviation < 0.8 * before.deviation, `noise in the liver: ${before.deviation} became ${now.deviation}`);
  assert.ok(Math.abs(now.mean / before.mean - 1) < 0.02, `mean in the liver: ${before.mean} became ${now.mean}`);

  await darkroom.choose([file]);
  await darkroom.page.getByText(file.name.replace(/\.nii\.gz$/, "")).first().waitFor();
  assert.equal(await darkroom.by("series-verdict").innerText(), "usable");
  assert.equal(await darkroom.by("alert").count(), 0);
});

pageTest("a run can be cancelled and started again, and the page answers meanwhile", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.sample();
  await darkroom.start();
  await darkroom.by("progress").waitFor();
  // The page answers while the engine works: a key moves a slice.
  const slice = page.getByRole("slider", { name: "Axial slice" }).first();
  const at = await slice.inputValue();
  await slice.press("ArrowRight");
  assert.notEqual(await slice.inputValue(), at);
  await darkroom.by("cancel").click();
  // A second is the promise where a GPU computes; here the software GPU has taken the cores that the page needs as well.
  await darkroom.by("progress").waitFor({ state: "detached" });
  assert.equal(await darkroom.by("download-nifti").count(), 0);
  await darkroom.start();
  await darkroom.by("progress").waitFor();
});
