// Small volumes made in the tests, where the sample would take a software GPU longer than a test needs.

import { writeNifti } from "./nifti.mjs";

/** The name that the small volume goes by. */
export const SMALL = "small.nii.gz";

const DIMS = [48, 40, 32];
/** Voxels of a volume small enough for a quick test. */
export const VALUES_DIMS = [24, 24, 16];
const SPACING = 4;

/** A noisy ellipsoid with a hot sphere, as `.nii.gz`: enough of a patient to be enhanced. */
export function smallVolume(change = (value) => value, dims = DIMS) {
  return writeNifti({ dims, affine: affine(dims), values: smallValues(dims, change) });
}

/** A label map on the small volume's grid, moved by so many millimetres: 1 in its lower half, 2 in its upper. */
export function smallLabels(dims = DIMS, moved = 0) {
  const labels = affine(dims);
  labels[0][3] += moved;
  const area = dims[0] * dims[1];
  const values = Float32Array.from({ length: area * dims[2] }, (_, at) => (at < (area * dims[2]) / 2 ? 1 : 2));
  return writeNifti({ dims, affine: labels, values });
}

/** The small volume's values. */
export function smallValues(dims = DIMS, change = (value) => value) {
  const random = generator(7);
  const values = new Float32Array(dims[0] * dims[1] * dims[2]);
  for (let at = 0; at < values.length; at++) {
    const place = [at % dims[0], Math.floor(at / dims[0]) % dims[1], Math.floor(at / (dims[0] * dims[1]))];
    const from = (centre, radii) => place.reduce((sum, x, axis) => sum + ((x / dims[axis] - centre[axis]) / radii[axis]) ** 2, 0);
    const body = from([0.5, 0.5, 0.5], [0.42, 0.4, 0.8]) < 1 ? 1 : 0;
    const lesion = from([0.6, 0.4, 0.5], [0.12, 0.14, 0.18]) < 1 ? 4 : 0;
    const truth = body + lesion;
    values[at] = change(Math.max(0, truth + 0.35 * Math.sqrt(truth) * normal(random)), at);
  }
  return values;
}

/** Millimetres, centred, axes to the right, front and top. */
function affine(dims) {
  return [0, 1, 2].map((row) => [0, 1, 2].map((column) => (row === column ? SPACING : 0)).concat((-SPACING * dims[row]) / 2));
}

/** Mulberry32: the same volume in every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal value, by Box and Muller. */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
