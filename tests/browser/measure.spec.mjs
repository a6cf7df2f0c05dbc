// Regions measured at the crosshair, in input and result, and the report of them.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

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
  assert.equal(await darkroom.by("measured").count(), 2);
  const rows = () => darkroom.by("measured").first().locator("tbody tr").allInnerTexts();
  assert.match((await rows())[0], /^Mean\s+[\d.]+$/);

  await darkroom.enhance();
  assert.match((await rows())[0], /^Mean\s+[\d.]+\s+[\d.]+\s+[+\u2212-]?[\d.]+ %/);
  const report = await darkroom.download("measure-report");
  const html = Buffer.from(report.bytes).toString();
  assert.equal(report.name, "darkroom-report.html");
  for (const said of ["Not for diagnosis", "pet-enhance", "<svg"]) assert.ok(html.includes(said), said);
  assert.ok(!html.includes(SMALL), "the report does not name the file");
});
