// CTs made in the tests: that of the sample's phantom, and a trunk around the small PET series.

import { writeNifti } from "./nifti.mjs";
import { sliceFile } from "./pet-series.mjs";

const CT = "1.2.840.10008.5.1.4.1.1.2";

/** The CT that a label map of the sample would give, as `.nii.gz`: soft tissue around lungs, spine and ribs. */
export function sampleCt({ dims, affine, values }) {
  const across = (at, middle, half) => (Math.abs(at - middle) / half) ** 2.5;
  const hounsfield = (label, at) => {
    if (label > 0) return { 4: -800, 7: 300, 8: 400 }[label] ?? 40;
    const [i, j] = [at % dims[0], Math.floor(at / dims[0]) % dims[1]];
    return across(i, 39, 38) + across(j, 39.5, 29) > 1 ? -1000 : 40;
  };
  return writeNifti({ dims, affine, values: Float32Array.from(values, hounsfield) });
}

/** A trunk with two lungs and a spine as a CT series of 6 mm, in the frame of reference of the small PET series. */
export function ctSeries() {
  const [edge, corner, dims] = [6, [-150, -100, -60], [56, 42, 32]];
  const series = { sop: CT, uid: "2.25.90", modality: "CT", title: "Small CT", edge, corner, intercept: -1024 };
  return Array.from({ length: dims[2] }, (_, slice) => {
    const stored = Buffer.alloc(2 * dims[0] * dims[1]);
    for (let at = 0; at < dims[0] * dims[1]; at++) {
      const [x, y] = [corner[0] + edge * (at % dims[0]), corner[1] + edge * Math.floor(at / dims[0])];
      stored.writeUInt16LE(trunk(x, y - 15) + 1024, 2 * at);
    }
    return { name: `ct-${slice}.dcm`, bytes: sliceFile(series, slice, dims, stored) };
  });
}

/** CT numbers across a trunk, millimetres to the left and to the back of its middle. */
function trunk(x, y) {
  const ellipse = (left, a, b) => ((x - left) / a) ** 2 + (y / b) ** 2 < 1;
  if (!ellipse(0, 135, 95)) return -1000;
  if (ellipse(65, 40, 55) || ellipse(-65, 40, 55)) return -800;
  return Math.hypot(x, y - 55) < 18 ? 400 : 40;
}
