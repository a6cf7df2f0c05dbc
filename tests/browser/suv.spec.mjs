// A PET series whose files lack the weight: the page says so, takes it, and marks it in what is written.

import assert from "node:assert/strict";
import { after } from "node:test";
import { readNifti } from "./lib/nifti.mjs";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { petSeries } from "./lib/pet-series.mjs";

after(close);

pageTest("the missing weight is named, entered, and marked in every file", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose(petSeries(null));
  await darkroom.opened();
  assert.match(await darkroom.by("suv-said").innerText(), /Not available: .*0010,1030/);
  assert.match(await darkroom.by("series-row").first().innerText(), /Bq\/ml/);

  await darkroom.by("suv-field").fill("heavy");
  await darkroom.by("suv-enter").click();
  assertSentence(await darkroom.alert(), /Weight.*no number.*71\.5/);
  await darkroom.by("suv-field").fill("70");
  await darkroom.by("suv-enter").click();
  await darkroom.by("suv-entered").waitFor();
  assert.match(await darkroom.by("suv-entered").innerText(), /Entered by hand: .*70/);
  assert.match(await darkroom.by("suv-said").innerText(), /By the rule/);
  assert.match(await darkroom.by("series-row").first().innerText(), /SUV/);

  await darkroom.enhance();
  const manifest = JSON.parse((await darkroom.download("download-manifest")).bytes);
  assert.equal(manifest.entered.length, 1);
  assert.equal(manifest.entered[0].field, "weight");
  const nifti = readNifti((await darkroom.download("download-nifti")).bytes).description;
  assert.match(nifti, /SUV by hand: synthetic, not for diagnosis/);
  const zip = await darkroom.download("download-dicom");
  await darkroom.choose([zip]);
  await darkroom.page.getByText(/SYNTH/).first().waitFor();
  assert.match(await darkroom.by("suv-said").innerText(), /By the rule/, "the entered weight went into the files");
});

pageTest("a series that lacks nothing is scaled without a question, and can be left as it is", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose(petSeries(70));
  await darkroom.opened();
  assert.match(await darkroom.by("suv-said").innerText(), /By the rule/);
  assert.equal(await darkroom.by("suv-field").count(), 0);
});
