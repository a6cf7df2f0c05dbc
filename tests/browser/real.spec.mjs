// A real whole-body PET series, as DICOM files from a scanner.
//
// All its files are dropped and listed. What is enhanced is a crop, the box with most bright tissue: the whole takes a
// software GPU many minutes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { close, need, pageTest } from "./lib/browser.mjs";
import { Darkroom } from "./lib/darkroom.mjs";
import { cropSlice, readSlice, realSeries, suvOf } from "./lib/dicom.mjs";
import { readNifti } from "./lib/nifti.mjs";
import { cube, statistics, uniformCube } from "./lib/statistics.mjs";

const [COLUMNS, ROWS, SLICES] = [56, 48, 16];

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

  pageTest("a crop of the real series is enhanced, and its DICOM opens again", {}, async (page, { t }) => {
    const crop = brightBox(paths.map((path) => readSlice(readFileSync(path))));
    t.diagnostic(`a crop of ${COLUMNS} x ${ROWS} x ${SLICES} voxels: the whole takes a software GPU too long`);
    const darkroom = await Darkroom.open(page);
    await darkroom.choose(crop.map(({ bytes }, at) => ({ name: `${at}.dcm`, bytes })));
    await darkroom.opened();
    await darkroom.enhance();

    const result = readNifti((await darkroom.download("download-nifti")).bytes);
    assert.deepEqual(result.dims, [COLUMNS, ROWS, SLICES]);
    assert.ok(result.values.every(Number.isFinite), "every voxel is a number");
    compare(stack(crop, result), result, t);

    const zip = await darkroom.download("download-dicom");
    await darkroom.choose([zip]);
    await darkroom.by("series-warning").getByText(/synthetic already/).waitFor();
    assert.match(await darkroom.by("series-row").first().innerText(), new RegExp(`${COLUMNS} × ${ROWS} × ${SLICES}`));
    assert.equal(await darkroom.by("series-verdict").innerText(), "usable");
  });
}

/** The box with the most voxels at least twice as bright as the body on average: the trunk. As slices, feet first. */
function brightBox(slices) {
  slices.sort((a, b) => a.position[2] - b.position[2]);
  const body = slices.flatMap(({ values }) => [...values.filter((value) => value > 0)]);
  const floor = (2 * sum(body)) / body.length;
  const bright = slices.map(({ values }) => values.map((value) => (value > floor ? 1 : 0)));
  const first = fullestRun(bright.map(sum), SLICES);
  const chosen = slices.slice(first, first + SLICES);
  const { rows, columns } = chosen[0];
  const [ofRow, ofColumn] = [new Float64Array(rows), new Float64Array(columns)];
  for (const mask of bright.slice(first, first + SLICES))
    mask.forEach((value, at) => {
      ofRow[Math.floor(at / columns)] += value;
      ofColumn[at % columns] += value;
    });
  const box = { row: fullestRun(ofRow, ROWS), column: fullestRun(ofColumn, COLUMNS), rows: ROWS, columns: COLUMNS };
  return chosen.map((slice) => readSlice(cropSlice(slice, box)));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Where the run of `length` values with the largest sum begins. */
function fullestRun(values, length) {
  const starts = Array.from({ length: values.length - length + 1 }, (_, at) => at);
  const total = (start) => sum(values.slice(start, start + length));
  return starts.reduce((best, start) => (total(start) > total(best) ? start : best), 0);
}

/** The slices' SUV in the result's order: NIfTI may run its axes the other way. */
function stack(crop, { dims: [ni, nj, nk], affine }) {
  const values = new Float32Array(ni * nj * nk);
  const suv = suvOf(crop[0]);
  for (let k = 0; k < nk; k++) {
    const slice = crop[affine[2][2] > 0 ? k : nk - 1 - k];
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++) {
        // DICOM's i runs to the left (RAS -x) and its j to the back (RAS -y).
        const column = affine[0][0] < 0 ? i : ni - 1 - i;
        const row = affine[1][1] < 0 ? j : nj - 1 - j;
        values[i + ni * (j + nj * k)] = suv * slice.values[column + ni * row];
      }
  }
  return values;
}

/** The noise of a uniform bright region falls, and its mean stays. */
function compare(input, { values, dims }, t) {
  const start = uniformCube(input, dims, 6, 2);
  assert.ok(start, "there is a bright region");
  const [before, now] = [input, values].map((values) => statistics(cube(values, dims, start, 6)));
  t.diagnostic(`SUV ${before.mean} ± ${before.deviation} became ${now.mean} ± ${now.deviation}`);
  assert.ok(now.deviation / now.mean < before.deviation / before.mean, `noise ${JSON.stringify({ before, now })}`);
  assert.ok(Math.abs(now.mean / before.mean - 1) < 0.02, `mean ${JSON.stringify({ before, now })}`);
}
