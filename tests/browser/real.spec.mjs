// A real whole-body PET series, as DICOM files from a scanner.
//
// All its files are dropped and listed. What is enhanced is a crop, some consecutive slices through the trunk: the whole
// body takes a software GPU many minutes.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { close, need, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { readSlice, realSeries } from "./lib/dicom.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { cube, statistics, uniformCube } from "./lib/statistics.mjs";

const SLICES = 24;

after(close);

const paths = realSeries(need("DARKROOM_DATA"));

if (!paths) {
  test("the real series is enhanced", { skip: `SKIPPED: no pet/sts001_dicom in ${need("DARKROOM_DATA")}` });
} else {
  pageTest("the whole real series is dropped and listed as one usable series", {}, async (page) => {
    const darkroom = await Darkroom.open(page);
    await darkroom.drop(paths);
    await darkroom.opened();
    assert.equal(await darkroom.by("series-row").count(), 1);
    const row = await darkroom.by("series-row").innerText();
    assert.match(row, /128 × 128 × 267/);
    assert.equal(await darkroom.by("series-verdict").innerText(), "usable");
  });

  pageTest("a crop of the real series is enhanced, and its DICOM opens again", {}, async (page) => {
    const crop = brightest(paths.map(readSlice).sort((a, b) => a.z - b.z));
    console.log(`Enhancing ${SLICES} consecutive slices of ${paths.length}: the whole takes a software GPU too long.`);
    const darkroom = await Darkroom.open(page);
    await darkroom.drop(crop.map((slice) => slice.path));
    await darkroom.opened();
    await darkroom.enhance();

    const result = readNifti((await darkroom.download("download-nifti")).bytes);
    const { rows, columns } = crop[0];
    assert.deepEqual(result.dims, [columns, rows, SLICES]);
    assert.ok(result.values.every(Number.isFinite), "every voxel is a number");
    compare(stack(crop, result), result);

    const zip = await darkroom.download("download-dicom");
    await darkroom.choose([zip]);
    await darkroom.page.getByText(/derived|enhanced/i).first().waitFor();
    assert.match(await darkroom.by("series-row").first().innerText(), new RegExp(`${columns} × ${rows} × ${SLICES}`));
    assert.equal(await darkroom.by("series-verdict").innerText(), "usable");
  });
}

/** The consecutive slices with the most activity. */
function brightest(slices) {
  const sums = slices.map((slice) => slice.values.reduce((sum, value) => sum + value, 0));
  let [best, start] = [-Infinity, 0];
  for (let at = 0; at + SLICES <= slices.length; at++) {
    const sum = sums.slice(at, at + SLICES).reduce((a, b) => a + b, 0);
    if (sum > best) [best, start] = [sum, at];
  }
  return slices.slice(start, start + SLICES);
}

/** The slices' values in the result's order: NIfTI may run its axes the other way. */
function stack(crop, { dims: [ni, nj, nk], affine }) {
  const values = new Float32Array(ni * nj * nk);
  for (let k = 0; k < nk; k++) {
    const slice = crop[affine[2][2] > 0 ? k : nk - 1 - k];
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        // DICOM's i runs to the left (RAS -x) and its j to the back (RAS -y).
        const column = affine[0][0] < 0 ? i : ni - 1 - i;
        const row = affine[1][1] < 0 ? j : nj - 1 - j;
        values[i + ni * (j + nj * k)] = slice.values[column + ni * row];
      }
  }
  return values;
}

/** The noise of a uniform bright region falls, and its mean stays. */
function compare(input, { values, dims }) {
  const start = uniformCube(input, dims, 6, 2);
  assert.ok(start, "there is a bright region");
  const [before, now] = [input, values].map((values) => statistics(cube(values, dims, start, 6)));
  assert.ok(now.deviation / now.mean < before.deviation / before.mean, `noise ${JSON.stringify({ before, now })}`);
  assert.ok(Math.abs(now.mean / before.mean - 1) < 0.02, `mean ${JSON.stringify({ before, now })}`);
}
