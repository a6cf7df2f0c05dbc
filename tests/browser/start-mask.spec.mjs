// A mask that says what of an image to start from is made anew: read, shown, chosen from, refused.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { assertSentence } from "./lib/darkroom.mjs";
import { enter, made, withPackage } from "./lib/denoiser.mjs";
import { readNifti, writeNifti } from "./lib/nifti.mjs";
import { SMALL, smallLabels, smallVolume } from "./lib/volumes.mjs";

const EDGE = 32;
const DIMS = [22, 18, 10];

after(close);

const image = async (darkroom) => readNifti((await darkroom.download("save-image")).bytes);
const drawn = (darkroom) => darkroom.by("region-picture").evaluate((canvas) => canvas.toDataURL());

/** A label map: 1 in columns 4 to 11, 2 in columns 20 to 25, of rows 8 to 19 each; or the same label everywhere. */
function mask({ affine }, all) {
  const label = (x, y) => (y < 8 || y >= 20 ? 0 : x >= 4 && x < 12 ? 1 : x >= 20 && x < 26 ? 2 : 0);
  const values = Array.from({ length: EDGE * EDGE }, (_, at) => all ?? label(at % EDGE, Math.floor(at / EDGE)));
  return writeNifti({ dims: [EDGE, EDGE, 1], affine, values });
}

async function choose(darkroom, name, bytes) {
  await darkroom.by("start-mask").setInputFiles({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
}

pageTest("what a mask marks of a sample is made anew, and the rest stays", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await enter(darkroom, { seed: 7 });
  await made(darkroom, "generate", 1);
  const first = await image(darkroom);
  await darkroom.by("origin").selectOption("sample");
  await darkroom.by("redo").selectOption("mask");
  await darkroom.by("generate").click();
  assertSentence(await darkroom.alert(), /no mask is chosen/);
  assert.equal(await darkroom.by("sample-made").count(), 1, "nothing was begun");

  const plain = await drawn(darkroom);
  await choose(darkroom, "two.nii.gz", mask(first));
  await darkroom.by("mask-told").filter({ hasText: "two.nii.gz marks 16.4 % of the image" }).waitFor();
  const tinted = await drawn(darkroom);
  assert.notEqual(tinted, plain, "the picture shows what is marked");
  await enter(darkroom, { "mask-labels": 2 });
  await darkroom.by("mask-told").filter({ hasText: "marks 7.0 %" }).waitFor();
  assert.notEqual(await drawn(darkroom), tinted);
  await enter(darkroom, { "mask-labels": 3 });
  assertSentence(await darkroom.alert(), /holds no label 3; it holds 1, 2/);

  await enter(darkroom, { seed: 9 });
  await made(darkroom, "generate", 1);
  const second = await image(darkroom);
  let changed = 0;
  second.values.forEach((value, at) => {
    const [x, y] = [at % EDGE, Math.floor(at / EDGE)];
    const inside = x >= 20 && x < 26 && y >= 8 && y < 20;
    const difference = Math.abs(value - first.values[at]);
    changed += difference > 1 ? 1 : 0;
    assert.ok(inside || difference < 1e-2, `pixel ${x}, ${y} is kept`);
  });
  assert.ok(changed > 50, `${changed} of 72 pixels are new`);
  const record = JSON.parse(Buffer.from((await darkroom.download("save-record")).bytes).toString());
  assert.match(record.start.mask_sha256, /^[0-9a-f]{64}$/);
});

pageTest("a mask that marks nothing, everything or another place is refused in a sentence", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await made(darkroom, "generate", 1);
  const first = await image(darkroom);
  await darkroom.by("origin").selectOption("sample");
  await darkroom.by("redo").selectOption("mask");
  const far = first.affine.map((row) => [row[0], row[1], row[2], row[3] + 5000]);
  for (const [name, bytes, pattern] of [
    ["none.nii.gz", mask(first, 0), /holds no label above 0/],
    ["far.nii.gz", mask({ affine: far }), /do not overlap/],
    ["text.nii", Buffer.from("no label map"), /no NIfTI file/],
  ]) {
    await choose(darkroom, name, bytes);
    assertSentence(await darkroom.alert(), pattern);
    await page.getByRole("button", { name: "Dismiss" }).click();
  }
  await choose(darkroom, "all.nii.gz", mask(first, 1));
  await darkroom.by("mask-told").filter({ hasText: "marks 100.0 %" }).waitFor();
  await darkroom.by("generate").click();
  assertSentence(await darkroom.alert(), /marks the whole image/);
  await page.getByRole("button", { name: "Dismiss" }).click();
  // On a finer grid it is brought onto the image's, and says so.
  const [half, quarter] = [0.5, 0.25];
  const affine = first.affine.map((row) => [
    row[0] * half, row[1] * half, row[2], row[3] - (row[0] + row[1]) * quarter,
  ]);
  const values = Array.from({ length: 4 * EDGE * EDGE }, (_, at) => (at % (2 * EDGE) < EDGE ? 1 : 0));
  await choose(darkroom, "fine.nii.gz", writeNifti({ dims: [2 * EDGE, 2 * EDGE, 1], affine, values }));
  await darkroom.by("mask-told").filter({ hasText: /fine\.nii\.gz marks 50\.0 %.*another grid \(64 x 64 x 1 voxels/ }).waitFor();
  await made(darkroom, "generate", 1);
});

pageTest("the regions of a series say what of a translation is made anew", {}, async (page) => {
  const darkroom = await withPackage(page, "translation");
  await darkroom.choose([{ name: SMALL, bytes: smallVolume((value) => value, DIMS) }]);
  await darkroom.opened();
  await darkroom.by("task-enhance").click();
  await darkroom.by("mask").setInputFiles({ name: "labels.nii.gz", mimeType: "application/gzip", buffer: smallLabels(DIMS) });
  await darkroom.by("mask-in-use").waitFor();
  await darkroom.by("task-translate").click();
  await darkroom.by("origin").selectOption("series");
  await darkroom.by("redo").selectOption("mask");
  await darkroom.by("start-mask-in-use").click();
  await darkroom.by("mask-told").filter({ hasText: "marks 100.0 %" }).waitFor();
  await enter(darkroom, { "mask-labels": 2, steps: 2 });
  await page.locator("[data-testid=translate]:enabled").click();
  await darkroom.by("download-nifti").waitFor({ timeout: 240_000 });
  const result = readNifti((await darkroom.download("download-nifti")).bytes);
  const series = readNifti(smallVolume((value) => value, DIMS));
  const half = series.values.length / 2;
  const off = (value, at) => Math.abs(value - series.values[at]);
  assert.ok(result.values.subarray(0, half).every((value, at) => off(value, at) < 1e-3), "label 1 is kept");
  const changed = result.values.subarray(half).filter((value, at) => off(value, half + at) > 0.05).length;
  assert.ok(changed > half / 4, `${changed} voxels of label 2 are new`);
});
