// A real Chromium with WebGPU on a software adapter.

import { test } from "node:test";
import { chromium } from "playwright-core";

/** Where the page is served; `cargo xtask test browser` serves it and says where. */
export const URL_OF_PAGE = need("DARKROOM_URL");

/** WebGPU without a GPU; nothing of the browser's own calls out. */
const FLAGS = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-domain-reliability",
  "--disable-sync",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-pings",
];

/** A software GPU takes its time; a test that hangs ends all the same. */
const LONGEST = 6 * 60_000;

let browser = null;

/** The browser of this test file, started once. */
export async function launched() {
  browser ??= await chromium.launch({ executablePath: need("DARKROOM_CHROMIUM"), args: FLAGS });
  return browser;
}

/** Ends the browser; every spec does so last. */
export async function close() {
  await browser?.close();
  browser = null;
}

/**
 * A test with a page of its own that must keep its console clean.
 *
 * Any console error and any uncaught exception fails it, unless one of `expected` matches: the page's own proof that
 * it is sealed makes the browser complain, and that complaint is part of the proof.
 */
export function pageTest(name, { expected = [], context: contextOptions = {}, before } = {}, body) {
  test(name, { timeout: LONGEST }, async (t) => {
    const context = await (await launched()).newContext({ acceptDownloads: true, ...contextOptions });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const complaints = [];
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      await before?.(context, page);
      const unexpected = () => complaints.filter((text) => ![SEALED_PROBE, ...expected].some((pattern) => pattern.test(text)));
      await body(page, { t, context }).catch((error) => {
        error.message += `\nThe page said: ${unexpected().join("\n") || "nothing on its console"}`;
        throw error;
      });
      if (unexpected().length > 0) throw new Error(`The console is not clean:\n${unexpected().join("\n")}`);
    } finally {
      await context.close();
    }
  });
}

/** What Chromium says about the page's attempt to leave its sealed room. */
export const SEALED_PROBE = /\/self-test.*Content Security Policy/s;

/** What Chromium says about any attempt that the policy stops. */
export const REFUSED = /Content Security Policy/;

/** Puts `prelude` before the worker's first line, where an init script of Playwright's does not reach. */
export async function beforeWorker(context, prelude) {
  await context.route("**/engine.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${prelude}\n${await response.text()}` });
  });
}

/** A file of the page as it is served. */
export async function served(path) {
  const response = await fetch(`${URL_OF_PAGE}/${path}`);
  if (!response.ok) throw new Error(`the server answered ${response.status} for ${path}`);
  return Buffer.from(await response.arrayBuffer());
}

/** An environment variable that xtask sets. */
export function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the browser tests with \`cargo xtask test browser\`.`);
  return value;
}
