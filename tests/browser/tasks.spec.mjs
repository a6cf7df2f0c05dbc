// Going from one task to another: what was chosen stays chosen, and what runs can be ended.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { enter, withPackage } from "./lib/denoiser.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

after(close);

const shown = (darkroom, id) => darkroom.by(id).inputValue();

pageTest("what was chosen is shown when its task comes back", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await darkroom.by("class").selectOption("one");
  await darkroom.by("sampler").selectOption("ddpm");
  await darkroom.by("task-enhance").click();
  await darkroom.by("task-generate").click();
  assert.deepEqual([await shown(darkroom, "class"), await shown(darkroom, "sampler")], ["one", "ddpm"]);

  await darkroom.by("task-enhance").click();
  await darkroom.choose([{ name: SMALL, bytes: smallVolume((value) => value, [24, 24, 8]) }]);
  await darkroom.opened();
  await darkroom.by("thin-panel").locator("summary").click();
  assert.equal(await shown(darkroom, "thin-share"), "4");
  await darkroom.by("dose").selectOption("10");
  await darkroom.by("task-generate").click();
  await darkroom.by("task-enhance").click();
  assert.equal(await shown(darkroom, "dose"), "10");
});

pageTest("Esc ends a sample right after it began, and from the Enhance tab", {}, async (page) => {
  const darkroom = await withPackage(page, "diffusion");
  await enter(darkroom, { steps: 200 });
  const unfinished = darkroom.by("sample-made").filter({ hasText: "unfinished" });
  for (const leave of [async () => {}, () => darkroom.by("task-enhance").click()]) {
    await page.locator("[data-testid=generate]:enabled").press("Enter");
    await darkroom.by("frame").nth(2).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "stop");
    await leave();
    await page.keyboard.press("Escape");
    await darkroom.by("task-generate").click();
    await unfinished.waitFor();
    await page.locator("[data-testid=generate]:enabled").waitFor();
  }
});
