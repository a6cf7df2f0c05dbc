// A third of the ONNX project's node tests in Chromium: `cargo xtask test conformance` serves their page.

import { URL_OF_PAGE, close, launched } from "./lib/browser.mjs";

const page = await (await launched()).newPage();
try {
  // A panic ends the module, and its promise never comes.
  const ended = new Promise((_, reject) => page.on("pageerror", (error) => reject(error)));
  ended.catch(() => {});
  await page.goto(URL_OF_PAGE);
  await page.waitForFunction(() => globalThis.run);
  const report = page.evaluate((filter) => run(filter), process.argv[2]);
  console.log(await Promise.race([report, ended]));
} catch (error) {
  const running = await page.evaluate(() => globalThis.running).catch(() => null);
  console.log(`FAILED: chromium: ${running ?? "the page"}: ${error.message.split("\n")[0]}\n0 passed, 1 failed, 0 skipped`);
} finally {
  await close();
}
