// A GPU that is lost in the middle of a sample or of a volume, provoked by the worker's own device being destroyed.

import assert from "node:assert/strict";
import { after } from "node:test";
import { beforeWorker, close, pageTest } from "./lib/browser.mjs";
import { enter, withPackage } from "./lib/denoiser.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

const STEPS = 5;
const DIMS = [22, 18, 10];

after(close);

/** Notes every device, and destroys the last one before the read-back that `self.loseAt` counts down to. */
const LOSING = `
const ask = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...wish) {
  const device = await ask.apply(this, wish);
  (self.devices ??= []).push(device);
  return device;
};
const map = GPUBuffer.prototype.mapAsync;
GPUBuffer.prototype.mapAsync = function (...range) {
  if (self.loseAt !== undefined && self.loseAt-- === 0) {
    self.loseAt = undefined;
    self.devices.at(-1).destroy();
  }
  return map.apply(this, range);
};`;

/** Chromium's word on work that the lost device still had. */
const expected = [/device .*(lost|destroyed)|Instance reference no longer exists/i];
const before = (context) => beforeWorker(context, LOSING);

/** Has the worker lose its device after so many read-backs from now; at once without a number. */
async function lose(page, after) {
  const worker = page.workers().at(-1);
  await worker.evaluate((after) => (after === undefined ? self.devices.at(-1).destroy() : (self.loseAt = after)), after);
}

async function devices(page) {
  return page.workers().at(-1).evaluate(() => self.devices.length);
}

const values = async (darkroom, id) => readNifti((await darkroom.download(id)).bytes).values;
const record = async (darkroom, id) => JSON.parse(Buffer.from((await darkroom.download(id)).bytes).toString());

pageTest("a sample whose GPU is lost goes on from its last step, to the same image", { before, expected }, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  const words = (pattern) => darkroom.by("step-words").filter({ hasText: pattern }).waitFor();
  await enter(darkroom, { seed: 3 });
  await darkroom.by("generate").click();
  await words(/done/);
  await darkroom.by("sample-made").first().waitFor();
  const straight = await values(darkroom, "save-image");
  const opened = await devices(page);

  // Back to the first step; then lost in the network of the next step, and in the decoder of the one behind it.
  for (const [after, step] of [[0, 1], [3, 3]]) {
    await darkroom.by("frame").first().click();
    await words(new RegExp(`step 1 of ${STEPS}`));
    await page.locator("[data-testid=play][aria-disabled=false]").waitFor();
    await lose(page, after);
    await darkroom.by("play").click();
    await words(/done/);
    await page.locator("[data-testid=generate]:enabled").waitFor();
    const told = await darkroom.by("bench").innerText();
    assert.match(told, new RegExp(`GPU failed and was opened anew; the sample of seed 3 went on from step ${step} of ${STEPS}`));
    assert.equal(await darkroom.by("frame").count(), STEPS, "a picture a step");
    assert.deepEqual(await values(darkroom, "save-image"), straight, `lost after ${after}`);
    assert.equal((await record(darkroom, "save-record")).unfinished, false);
    assert.equal(await darkroom.by("alert").count(), 0, "nothing is left to be done");
  }
  // Lost while nothing runs: the next sample finds it so.
  await lose(page);
  await darkroom.by("generate").click();
  await words(/done/);
  await page.locator("[data-testid=generate]:enabled").waitFor();
  assert.deepEqual(await values(darkroom, "save-image"), straight);
  assert.equal(await darkroom.by("alert").count(), 0);
  assert.equal(await devices(page), opened + 3, "each loss opened one device");
});

pageTest("a volume whose GPU is lost keeps the slices that were made", { before, expected }, async (page) => {
  const darkroom = await withPackage(page, "translation");
  await darkroom.choose([{ name: SMALL, bytes: smallVolume((value) => value, DIMS) }]);
  await darkroom.opened();
  const translated = async () => {
    await page.locator("[data-testid=translate]:enabled").click();
    await page.locator("[data-testid=translate]:enabled").waitFor({ timeout: 120_000 });
    await darkroom.by("download-nifti").waitFor();
    return values(darkroom, "download-nifti");
  };
  const straight = await translated();
  // A slice takes an encoder, four steps and a decoder; the third one is under work.
  await lose(page, 2 * 6 + 3);
  assert.deepEqual(await translated(), straight);
  const told = await page.locator("ul.notes").innerText();
  assert.match(told, /GPU failed in slice 3 of 10; the run went on from step 2 of 4/);
  assert.equal((await record(darkroom, "download-manifest")).unfinished, false);
});
