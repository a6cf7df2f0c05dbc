// A page with one of the goldens' diffusion packages.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Darkroom } from "./darkroom.mjs";
import { toZip } from "./zip.mjs";

const GOLDENS = join(import.meta.dirname, "../../goldens");

/** The files of a golden package. */
export function packageFiles(name) {
  const folder = join(GOLDENS, name);
  const names = readdirSync(folder).filter((file) => /\.(onnx|json)$/.test(file));
  return Object.fromEntries(names.map((file) => [file, readFileSync(join(folder, file))]));
}

/** Opens the page, gives it a package and waits until it is in use. */
export async function withPackage(page, name, path) {
  const darkroom = await Darkroom.open(page, path);
  await darkroom.ready();
  await darkroom.choose([{ name: `${name}.zip`, bytes: toZip(packageFiles(name)) }]);
  await darkroom.by("denoiser").waitFor();
  return darkroom;
}

/** Enters values into fields, as with the keyboard. */
export async function enter(darkroom, fields) {
  for (const [id, value] of Object.entries(fields)) {
    await darkroom.by(id).fill(String(value));
    await darkroom.by(id).press("Tab");
  }
}

/** Presses a button and waits until so many samples are made. */
export async function made(darkroom, button, count) {
  await darkroom.page.locator(`[data-testid=${button}]:enabled`).click();
  await darkroom.by("sample-made").nth(count - 1).waitFor({ timeout: 120_000 });
  await darkroom.page.locator("[data-testid=seed]:enabled").waitFor();
}
