// The page as a user works it, by its `data-testid` hooks.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { URL_OF_PAGE } from "./browser.mjs";

/** How long a run may take on a software GPU. */
const LONGEST_RUN = 5 * 60_000;

export class Darkroom {
  constructor(page) {
    this.page = page;
  }

  /**
   * Opens the page and waits until it takes files. The software adapter of the tests stands in for a GPU, so it is
   * asked for: by itself the page would rather use the CPU.
   */
  static async open(page, path = "/?backend=gpu") {
    await page.goto(URL_OF_PAGE + path);
    const darkroom = new Darkroom(page);
    // The page says in the second place why it could not start.
    await darkroom.by("drop").first().or(page.locator("#boot-alert:visible")).waitFor();
    assert.equal(await page.locator("#boot-alert:visible").count(), 0, await page.locator("body").innerText());
    return darkroom;
  }

  by(id) {
    return this.page.getByTestId(id);
  }

  /** Presses Sample and waits for its volume. */
  async sample() {
    await this.by("sample").first().click();
    await this.opened();
  }

  /** Chooses files with the file dialog: paths, or `{ name, bytes }`. */
  async choose(files) {
    const payloads = files.map((file) =>
      typeof file === "string" ? file : { name: file.name, mimeType: "application/octet-stream", buffer: Buffer.from(file.bytes) },
    );
    await this.by("choose").first().setInputFiles(payloads);
  }

  /** Drops files on the page as a file manager would. */
  async drop(paths) {
    const files = paths.map((path) => ({ name: basename(path), text: readFileSync(path).toString("base64") }));
    const transfer = await this.page.evaluateHandle((files) => {
      const transfer = new DataTransfer();
      for (const { name, text } of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    }, files);
    const area = this.by("drop").first();
    await area.dispatchEvent("dragover", { dataTransfer: transfer });
    await area.dispatchEvent("drop", { dataTransfer: transfer });
  }

  /** Waits until a volume is on the screen. */
  async opened() {
    await this.by("plane-axial").first().waitFor();
  }

  /** Waits until the engine can run; what the page says instead fails the test at once. */
  async ready() {
    const settled = this.by("backend").filter({ hasNotText: "preparing" });
    await settled.waitFor({ timeout: LONGEST_RUN });
    const said = await this.page.locator("body").innerText();
    assert.equal(await this.by("backend").getAttribute("data-ready"), "true", said);
  }

  /** Starts a run. */
  async start() {
    await this.ready();
    await this.page.locator("[data-testid=enhance]:enabled").click();
  }

  /** Enhances what is open and waits for the result. */
  async enhance() {
    await this.start();
    await this.by("download-nifti").waitFor({ timeout: LONGEST_RUN });
  }

  /** Presses a download button and gives the file. */
  async download(id) {
    const coming = this.page.waitForEvent("download", { timeout: 120_000 });
    await this.by(id).click();
    const download = await coming;
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  /** The sentences of the alert, once there is one. */
  async alert() {
    const alert = this.by("alert").first();
    await alert.waitFor({ timeout: LONGEST_RUN });
    return (await alert.innerText()).replace(/\s+/g, " ").trim();
  }

  /** Whether the page still does its work: the sample opens. */
  async stillWorks() {
    await this.by("sample").first().click();
    await this.opened();
    const verdict = await this.by("series-verdict").first().innerText();
    assert.equal(verdict, "usable");
  }
}

/** A sentence says what is wrong and what to do: it is long enough, and ends. */
export function assertSentence(text, pattern) {
  assert.match(text, pattern);
  assert.ok(text.length > 30, `too short to help: ${text}`);
  assert.match(text, /[.!?]( Dismiss)?$/, `not a sentence: ${text}`);
  assert.doesNotMatch(text, /undefined|\[object|panicked|RuntimeError|unreachable/, `not for a person: ${text}`);
}
