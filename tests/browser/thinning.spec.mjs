// The low-dose simulator for teaching: thin, enhance, compare with the original, go back.

import assert from "node:assert/strict";
import { after } from "node:test";
import { readNifti } from "./lib/nifti.mjs";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { SMALL, VALUES_DIMS, smallVolume } from "./lib/volumes.mjs";

after(close);

pageTest("a standard dose is thinned, enhanced, compared and opened again", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, VALUES_DIMS) }]);
  await darkroom.opened();
  const picture = () => darkroom.by("plane-axial").evaluate((canvas) => canvas.toDataURL());
  const standard = await picture();
  await darkroom.by("thin-panel").locator("summary").click();
  await darkroom.by("thin-share").selectOption("10");
  await darkroom.by("thin").click();
  await darkroom.by("thin-facts").waitFor();
  assert.match(await darkroom.by("thin-facts").innerText(), /1\/10 of its dose, seed 0\. Noise [\d.]+ \u2192 [\d.]+ %/);
  assert.equal(await darkroom.by("dose").inputValue(), "10", "the dose of a thinned image is known");
  await page.waitForTimeout(300);
  assert.notEqual(await picture(), standard, "fewer counts look different");

  const distances = async () => {
    const rows = await darkroom.by("thin-numbers").locator("tbody tr").allInnerTexts();
    return rows.map((row) => Number(row.split(/\s+/).find((word) => /^\d+\.\d+$/.test(word))));
  };
  assert.equal((await distances()).length, 1);
  await darkroom.enhance();
  const [low, enhanced] = await distances();
  assert.ok(enhanced < 0.8 * low, `the result is nearer to the standard dose: ${low} -> ${enhanced}`);
  const manifest = JSON.parse((await darkroom.download("download-manifest")).bytes);
  assert.deepEqual(manifest.thinned, { share: 0.1, seed: 0 });
  const nifti = readNifti((await darkroom.download("download-nifti")).bytes).description;
  assert.match(nifti, /thin 0\.100 \+ pet-enhance/);

  const thinned = await picture();
  await darkroom.by("thin-standard").check();
  await page.waitForTimeout(300);
  assert.notEqual(await picture(), thinned, "the standard dose is shown beside the result");
  await darkroom.by("thin-back").click();
  await darkroom.by("thin").waitFor();
  await page.waitForTimeout(300);
  assert.equal(await picture(), standard);
});
