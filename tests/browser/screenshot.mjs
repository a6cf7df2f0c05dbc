// Takes docs/screenshot.png: the page with the sample enhanced. Run by `cargo xtask screenshot`.

import { close, launched } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";

const browser = await launched();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "dark" });
const darkroom = await Darkroom.open(page);
await darkroom.sample();
await darkroom.enhance();
await page.screenshot({ path: new URL("../../docs/screenshot.png", import.meta.url).pathname });
await close();
