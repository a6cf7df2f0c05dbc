// A network of one's own: a U-Net that MONAI made and PyTorch exported is looked into, described, run and saved.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { monaiUnet } from "./lib/networks.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";
import { fromZip } from "./lib/zip.mjs";

const TESTS = join(import.meta.dirname, "..");

after(close);

/** Chooses a network's file. */
async function offer(darkroom, name, bytes) {
  await darkroom.by("network").setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
}

async function set(darkroom, id, value) {
  await darkroom.by(id).fill(String(value));
  await darkroom.by(id).press("Tab");
}

pageTest("a network is described, enhances a volume, and is saved as a package that opens again", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await offer(darkroom, "monai-unet.onnx", monaiUnet());
  const told = await darkroom.by("own-model").innerText();
  assert.match(told, /In: image, float \? x 1 x \? x \? x \?/);
  assert.match(told, /A tile takes [\d.]+ [kMG]B of GPU memory/);
  await darkroom.by("normalisation").selectOption("z-score");
  await set(darkroom, "own-inner", 16);
  await set(darkroom, "own-halo", 8);
  await set(darkroom, "own-multiple", 8);
  await darkroom.by("use-network").click();
  await darkroom.by("use-network").filter({ hasText: "In use" }).waitFor();

  await darkroom.choose([{ name: SMALL, bytes: smallVolume() }]);
  await darkroom.opened();
  await darkroom.enhance();
  const manifest = JSON.parse(Buffer.from((await darkroom.download("download-manifest")).bytes).toString());
  assert.equal(manifest.model, "monai-unet");
  assert.equal(manifest.dose, undefined, "the network takes no dose");
  const [before, now] = [readNifti(smallVolume()), readNifti((await darkroom.download("download-nifti")).bytes)];
  assert.deepEqual(now.dims, before.dims);
  assert.ok(now.values.every(Number.isFinite), "every voxel is a number");
  assert.notDeepEqual(now.values, before.values);

  const saved = await darkroom.download("save-package");
  assert.equal(JSON.parse(fromZip(saved.bytes, "model.json").toString()).input.normalisation, "z-score");
  await darkroom.by("drop-network").click();
  await page.getByText("monai-unet").first().waitFor({ state: "detached" });
  await darkroom.ready();

  // The package says itself what it wants, so it runs at once, dropped like a scan.
  await darkroom.choose([saved]);
  await page.getByText("monai-unet").first().waitFor();
  await darkroom.ready();
  await darkroom.enhance();
  assert.equal(JSON.parse(Buffer.from((await darkroom.download("download-manifest")).bytes).toString()).model, "monai-unet");
});

pageTest("a network that takes more than an image is shown, and refused in a sentence", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await offer(darkroom, "unet2d.onnx", readFileSync(join(TESTS, "goldens/unet2d/model.onnx")));
  const refusal = await darkroom.by("own-model").getByRole("alert").innerText();
  assertSentence(refusal, /image \(float, 4 axes\), context \(float, 3 axes\)/);
  assert.equal(await darkroom.by("use-network").count(), 0);
  await darkroom.stillWorks();
});

pageTest("a file that is no network is refused in a sentence", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await offer(darkroom, "broken.onnx", Buffer.from("this is no network"));
  assertSentence(await darkroom.alert(), /not a readable ONNX model/);
  await darkroom.stillWorks();
});
