// A mask from a CT: given as a file or beside the PET, shown over the images, hidden, used, recorded.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest, served } from "./lib/browser.mjs";
import { ctSeries, sampleCt } from "./lib/ct.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { crop, readNifti, writeNifti } from "./lib/nifti.mjs";
import { petSeries } from "./lib/pet-series.mjs";

/** A box of the sample with liver, lungs, stomach, kidneys and spine. */
const [START, SIZE] = [
  [8, 12, 12],
  [64, 56, 40],
];
const PLANES = ["plane-axial", "plane-coronal", "plane-sagittal"];

after(close);

/** What the three planes show. */
const pictures = (darkroom) =>
  Promise.all(PLANES.map((id) => darkroom.by(id).evaluate((canvas) => canvas.toDataURL())));

/** Gives files to the field of the mask. */
const give = (darkroom, files) =>
  darkroom.by("mask").setInputFiles(
    files.map(({ name, bytes }) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) })),
  );

pageTest("a CT gives the mask, which is shown, hidden, saved, used and recorded", {}, async (page) => {
  const part = writeNifti(crop(readNifti(await served("samples/torso-low-dose.nii.gz")), START, SIZE));
  const regions = readNifti(await served("samples/torso-regions.nii.gz"));
  const ct = { name: "ct.nii.gz", bytes: sampleCt(regions) };
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: "crop.nii.gz", bytes: part }]);
  await darkroom.opened();
  await darkroom.ready();
  const plain = await pictures(darkroom);
  assert.equal(await darkroom.by("mask-legend").count(), 0);

  const away = crop(regions, [0, 0, 0], regions.dims);
  away.affine[2][3] += 2000;
  await give(darkroom, [{ name: "away.nii.gz", bytes: sampleCt(away) }]);
  assertSentence(await darkroom.alert(), /CT and the image do not overlap/);
  await give(darkroom, [{ name: "pet.nii.gz", bytes: part }]);
  await darkroom.by("alert").getByText(/label/).first().waitFor();
  assert.equal(await darkroom.by("mask-in-use").count(), 0);

  await give(darkroom, [{ name: "regions.nii.gz", bytes: writeNifti(regions) }]);
  await darkroom.by("mask-in-use").waitFor();
  assert.match(await darkroom.by("mask-in-use").innerText(), /^regions\.nii\.gz \([5-8]\)$/);
  assert.ok((await darkroom.by("mask-legend").innerText()).split("\n").includes("liver"));
  await darkroom.by("remove-mask").click();

  await give(darkroom, [ct]);
  await darkroom.by("mask-in-use").waitFor();
  assert.match(await darkroom.by("mask-in-use").innerText(), /found in the CT ct\.nii\.gz \(3\)/);
  assert.equal(await darkroom.by("mask-note").count(), 0, "it fits");
  assert.deepEqual((await darkroom.by("mask-legend").innerText()).split("\n"), ["lungs", "spine", "ribs"]);
  const shown = await pictures(darkroom);
  plain.forEach((picture, at) => assert.notEqual(picture, shown[at], `${PLANES[at]} shows no tissue`));
  await darkroom.by("tissues").click();
  await darkroom.by("mask-legend").waitFor({ state: "detached" });
  assert.deepEqual(await pictures(darkroom), plain);
  await darkroom.by("tissues").click();
  await darkroom.by("mask-legend").waitFor();

  const saved = readNifti((await darkroom.download("save-mask")).bytes);
  assert.match(saved.description, /found in a CT/);
  const drawn = crop(regions, START, SIZE).values;
  for (const [label, least] of [
    [4, 0.95],
    [7, 0.85],
  ]) {
    const both = saved.values.filter((found, at) => found === label && drawn[at] === label).length;
    const either = [saved.values, drawn].map((values) => values.filter((found) => found === label).length);
    assert.ok((2 * both) / (either[0] + either[1]) > least, `label ${label}`);
  }

  await darkroom.enhance();
  const record = JSON.parse((await darkroom.download("download-manifest")).bytes);
  assert.equal(record.mask, true);
  assert.match(record.ct_sha256, /^[0-9a-f]{64}$/);
  assert.equal(record.segmenter_sha256, undefined);
  assert.match(await page.locator("body").innerText(), /found in the CT by thresholds/);

  await darkroom.by("remove-mask").click();
  assert.equal(await darkroom.by("mask-legend").count() + (await darkroom.by("tissues").count()), 0);
});

pageTest("the CT of the study is offered, and is found by its files too", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose(petSeries(70));
  await darkroom.opened();
  assert.equal(await darkroom.by("mask-from-ct").count(), 0, "there is no CT");
  await give(darkroom, ctSeries());
  await darkroom.by("mask-in-use").waitFor();
  assert.match(await darkroom.by("mask-in-use").innerText(), /found in the CT 32 files \(2\)/);

  await darkroom.choose([...petSeries(70), ...ctSeries()]);
  await darkroom.by("mask-from-ct").click();
  await darkroom.by("mask-in-use").waitFor();
  assert.match(await darkroom.by("mask-in-use").innerText(), /found in the CT “Small CT” \(2\)/);
  assert.deepEqual((await darkroom.by("mask-legend").innerText()).split("\n"), ["lungs", "spine"]);
});
