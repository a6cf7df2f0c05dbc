// NIfTI-1, just enough to check what the page writes and to cut what it is given.

import { gunzipSync, gzipSync } from "node:zlib";

const HEADER = 348;
const TYPES = {
  2: { bytes: 1, read: (view, at) => view.getUint8(at) },
  4: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  8: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  16: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  512: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
};

/** Reads a `.nii` or `.nii.gz`: its dims, voxel-to-RAS affine (3 rows of 4), values (i fastest) and description. */
export function readNifti(bytes) {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : Buffer.from(bytes);
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  if (view.getInt32(0, true) !== HEADER) throw new Error("not a little-endian NIfTI-1 file");
  const dims = [1, 2, 3].map((axis) => view.getInt16(40 + 2 * axis, true));
  const type = TYPES[view.getInt16(70, true)];
  if (!type) throw new Error(`NIfTI data type ${view.getInt16(70, true)} is not read here`);
  const start = view.getFloat32(108, true);
  const slope = view.getFloat32(112, true) || 1;
  const intercept = view.getFloat32(116, true);
  const values = new Float32Array(dims[0] * dims[1] * dims[2]);
  for (let at = 0; at < values.length; at++) values[at] = slope * type.read(view, start + at * type.bytes) + intercept;
  const end = plain.indexOf(0, 148);
  return { dims, affine: affineOf(view), values, description: plain.toString("latin1", 148, Math.min(end, 228)) };
}

function affineOf(view) {
  if (view.getInt16(254, true) > 0) {
    return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => view.getFloat32(280 + 16 * row + 4 * column, true)));
  }
  const [b, c, d] = [256, 260, 264].map((at) => view.getFloat32(at, true));
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const spacing = [80, 84, 88].map((at) => view.getFloat32(at, true));
  spacing[2] *= view.getFloat32(76, true) < 0 ? -1 : 1;
  const turn = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  const offset = [268, 272, 276].map((at) => view.getFloat32(at, true));
  return turn.map((row, at) => [...row.map((value, column) => value * spacing[column]), offset[at]]);
}

/** Writes a float32 `.nii.gz` with an sform. */
export function writeNifti({ dims, affine, values }) {
  const header = Buffer.alloc(352);
  header.writeInt32LE(HEADER, 0);
  [3, ...dims, 1, 1, 1, 1].forEach((size, at) => header.writeInt16LE(size, 40 + 2 * at));
  header.writeInt16LE(16, 70);
  header.writeInt16LE(32, 72);
  header.writeFloatLE(1, 76);
  [0, 1, 2].forEach((axis) => header.writeFloatLE(Math.hypot(...affine.map((row) => row[axis])), 80 + 4 * axis));
  header.writeFloatLE(352, 108);
  header.writeFloatLE(1, 112);
  header.writeUInt8(2, 123);
  header.writeInt16LE(1, 254);
  affine.forEach((row, at) => row.forEach((value, column) => header.writeFloatLE(value, 280 + 16 * at + 4 * column)));
  header.write("n+1\0", 344, "latin1");
  return gzipSync(Buffer.concat([header, Buffer.from(Float32Array.from(values).buffer)]));
}

/** The part of a volume from `start` on with `size` voxels, its affine moved along. */
export function crop({ dims, affine, values }, start, size) {
  const part = new Float32Array(size[0] * size[1] * size[2]);
  let at = 0;
  for (let k = 0; k < size[2]; k++)
    for (let j = 0; j < size[1]; j++)
      for (let i = 0; i < size[0]; i++)
        part[at++] = values[start[0] + i + dims[0] * (start[1] + j + dims[1] * (start[2] + k))];
  const moved = affine.map((row) => [...row.slice(0, 3), row[3] + row[0] * start[0] + row[1] * start[1] + row[2] * start[2]]);
  return { dims: size, affine: moved, values: part };
}
