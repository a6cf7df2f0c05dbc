// Regions measured at the crosshair, in input and result, and the report of them.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { SMALL, VALUES_DIMS, smallLabels, smallVolume } from "./lib/volumes.mjs";

after(close);

pageTest("a sphere is measured in input and result and written as a report", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, [24, 24, 16]) }]);
  await darkroom.opened();
  await darkroom.by("measure-radius").fill("12");
  await darkroom.by("measure-radius").press("Tab");
  const picture = () => darkroom.by("plane-axial").evaluate((canvas) => canvas.toDataURL());
  const before = await picture();
  await darkroom.by("measure-sphere").click();
  await page.waitForTimeout(500);
  assert.notEqual(await picture(), before, "the sphere is drawn where it was measured");
  await darkroom.by("measure-hot").click();
  await darkroom.by("measure-edge-y").fill("20");
  await darkroom.by("measure-edge-y").press("Tab");
  await darkroom.by("measure-box").click();
  assert.equal(await darkroom.by("measured").count(), 3);
  const column = page.locator("aside.model-column");
  assert.ok(await column.evaluate((aside) => aside.scrollWidth <= aside.clientWidth), "the names fit into the column");
  assert.match(await darkroom.by("measured").first().locator("caption").innerText(), /Sphere of 12 mm at/);
  assert.match(await darkroom.by("measured").nth(2).locator("caption").innerText(), /Box of 30 × 20 × 30 mm at/);
  const rows = () => darkroom.by("measured").first().locator("tbody tr").allInnerTexts();
  assert.match((await rows())[0], /^Mean\s+[\d.]+$/);

  await darkroom.enhance();
  assert.match((await rows())[0], /^Mean\s+[\d.]+\s+[\d.]+\s+[+\u2212-]?[\d.]+ %/);
  const report = await darkroom.download("measure-report");
  const html = Buffer.from(report.bytes).toString();
  assert.equal(report.name, "darkroom-report.html");
  for (const said of ["Not for diagnosis", "pet-enhance", "<svg"]) assert.ok(html.includes(said), said);
  assert.ok(!html.includes(SMALL), "the report does not name the file");
  const table = await darkroom.download("measure-table");
  const lines = Buffer.from(table.bytes).toString().trim().split("\r\n");
  assert.equal(table.name, "darkroom-table.csv");
  assert.equal(lines.length, 4);
  assert.deepEqual([...new Set(lines.map((line) => line.split(",").length))], [19]);
  assert.match(lines[0], /^region,volume \(mL\),voxels,max input,max result,max change \(%\),.*changed beyond 15 %$/);
  for (const line of lines.slice(1)) assert.match(line, /^(Sphere|41 %|Box) .*,(yes|no)$/);
  await darkroom.by("measure-remove-all").click();
  assert.equal(await darkroom.by("measured").count(), 0);
});

pageTest("a number that cannot be used is refused in a sentence and leaves the field", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, [24, 24, 16]) }]);
  await darkroom.opened();
  await darkroom.by("thin-panel").locator("summary").click();
  for (const [field, text, used] of [
    ["measure-radius", "-5", "15"],
    ["measure-radius", "", "15"],
    ["measure-limit", "0", "15"],
    ["measure-edge-z", "600", "30"],
    ["thin-seed", "-3", "0"],
    ["thin-seed", "1.5", "0"],
  ]) {
    await darkroom.by(field).fill(text);
    await darkroom.by(field).press("Tab");
    assert.equal(await darkroom.by(field).inputValue(), used, `${field} ${text}`);
    assertSentence(await darkroom.alert(), /in use/);
  }
});

pageTest("the regions of a label map are measured, from its own grid too; one that lies elsewhere is refused", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, VALUES_DIMS) }]);
  await darkroom.opened();
  const labels = (bytes, name = "organs.nii.gz") =>
    darkroom.by("measure-labels").setInputFiles({ name, mimeType: "", buffer: bytes });
  await labels(smallLabels(VALUES_DIMS, 10_000));
  assertSentence(await darkroom.alert(), /do not overlap/);
  assert.equal(await darkroom.by("measured").count(), 0);
  await labels(smallLabels(VALUES_DIMS));
  await darkroom.by("measured").nth(1).waitFor();
  assert.match(await darkroom.by("measured").first().locator("caption").innerText(), /organs\.nii\.gz: label 1/);
  assert.match(await darkroom.by("measure-labels-note").innerText(), /organs\.nii\.gz: on the grid/);
  await labels(smallLabels(VALUES_DIMS, 4), "lesions.nii.gz");
  await darkroom.by("measured").nth(3).waitFor();
  assert.match(await darkroom.by("measure-labels-note").innerText(), /another grid/);
});
