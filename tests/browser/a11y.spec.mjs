// The page for those who do not see it or do not use a mouse.

import assert from "node:assert/strict";
import { after } from "node:test";
import axe from "axe-core";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { monaiUnet } from "./lib/networks.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

after(close);

for (const colorScheme of ["dark", "light"]) {
  pageTest(`axe finds nothing in any state (${colorScheme})`, { context: { colorScheme } }, async (page) => {
    const darkroom = await Darkroom.open(page);
    await darkroom.ready();
    await assertAccessible(page, "empty");

    await darkroom.choose([{ name: "notes.txt", bytes: Buffer.from("not an image") }]);
    await darkroom.alert();
    await assertAccessible(page, "error");

    await darkroom.choose([{ name: SMALL, bytes: smallVolume() }]);
    await darkroom.opened();
    await assertAccessible(page, "opened");
    await darkroom.enhance();
    await darkroom.by("measure-sphere").click();
    await assertAccessible(page, "result");

    await darkroom.by("network").setInputFiles({ name: "unet.onnx", mimeType: "application/octet-stream", buffer: monaiUnet() });
    await darkroom.by("own-model").waitFor();
    await assertAccessible(page, "own model");
    await darkroom.by("drop-network").click();

    await darkroom.by("sealed").click();
    await assertAccessible(page, "proof");
    await page.keyboard.press("Escape");
    await darkroom.by("help").click();
    await assertAccessible(page, "help");
  });
}

pageTest("the whole job is done with the keyboard alone", {}, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.ready();
  // The first listener makes the browser hand dialogs over, which takes a moment: not one to lose the key press in.
  page.on("filechooser", () => {});
  await tabTo(page, "choose");
  // The file dialog belongs to the system; what it hands over is the same as with a mouse.
  const [dialog] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await dialog.setFiles([{ name: SMALL, mimeType: "application/gzip", buffer: smallVolume() }]);
  await darkroom.opened();
  await tabTo(page, "plane-axial");
  const slice = page.getByRole("slider", { name: "Axial slice" }).first();
  const at = await slice.inputValue();
  const picture = () => darkroom.by("plane-axial").evaluate((canvas) => canvas.toDataURL());
  const before = await picture();
  await page.keyboard.press("ArrowUp");
  assert.notEqual(await slice.inputValue(), at);
  await page.waitForTimeout(500);
  assert.notEqual(await picture(), before, "the other slice is drawn");

  await tabTo(page, "enhance");
  await page.keyboard.press("Enter");
  await darkroom.by("download-nifti").waitFor({ timeout: 180_000 });
  await tabTo(page, "swipe");
  await page.keyboard.press("End");
  assert.equal(await darkroom.by("swipe").getAttribute("aria-valuenow"), "100");
  await tabTo(page, "download-nifti");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.match(download.suggestedFilename(), /\.nii\.gz$/);
});

pageTest("a narrow window scrolls in one direction only", { context: { viewport: { width: 320, height: 640 } } }, async (page) => {
  const darkroom = await Darkroom.open(page);
  await darkroom.choose([{ name: SMALL, bytes: smallVolume() }]);
  await darkroom.opened();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 320, `the page is ${width} pixels wide`);
});

/** Moves the focus with Tab until it is on the element. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => document.activeElement?.getAttribute("data-testid"));
    if (here === id) return;
  }
  assert.fail(`Tab never reached ${id}`);
}

/** Runs axe over the page; it is evaluated by the debugger, which the page's policy does not bind. */
async function assertAccessible(page, state) {
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.length > 10, `axe looked at the page (${passes.length} rules passed)`);
  const found = violations.map(({ id, help, nodes }) => `${state}: ${id}: ${help}: ${nodes.map((node) => node.html).join("; ")}`);
  assert.deepEqual(found, []);
}
