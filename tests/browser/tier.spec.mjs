// The tier that the address asks for: taken, or refused by name. The software adapter has the lowest only.

import assert from "node:assert/strict";
import { after } from "node:test";
import { close, pageTest } from "./lib/browser.mjs";
import { Darkroom, assertSentence } from "./lib/darkroom.mjs";
import { SMALL, smallVolume } from "./lib/volumes.mjs";

after(close);

pageTest("the tier that is asked for runs", {}, async (page) => {
  const darkroom = await Darkroom.open(page, "/?backend=gpu&tier=baseline");
  await darkroom.choose([{ name: SMALL, bytes: smallVolume(undefined, [24, 24, 16]) }]);
  await darkroom.opened();
  await darkroom.enhance();
  assert.match(await darkroom.by("backend").innerText(), /float32/);
});

const REFUSED = [
  ["half", /does not have the tier half; its highest is baseline/],
  ["turbo", /no tier turbo; there are .*baseline.*half/],
];

for (const [tier, sentence] of REFUSED) {
  pageTest(`the tier ${tier} is refused by name`, {}, async (page) => {
    await Darkroom.open(page, `/?tier=${tier}`);
    const said = page.getByText(sentence).first();
    await said.waitFor();
    assertSentence(await said.innerText(), sentence);
  });
}
