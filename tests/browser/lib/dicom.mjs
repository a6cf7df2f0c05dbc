// The slices of an uncompressed, implicit little-endian DICOM series, read without any library of the page's.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const UNDEFINED = 0xffffffff;

/** The files of the real whole-body series, or null where this machine has none. */
export function realSeries(data) {
  const folder = join(data, "pet/sts001_dicom/STS_001/FDG_PET/image");
  if (!existsSync(folder)) return null;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".dcm"))
    .map((name) => join(folder, name));
}

/** One slice: its place along the patient, its grid and its rescaled values. */
export function readSlice(path) {
  const bytes = readFileSync(path);
  const elements = elementsOf(bytes);
  const text = (tag) => bytes.toString("latin1", ...elements.get(tag)).replace(/\0/g, "").trim();
  const numbers = (tag) => text(tag).split("\\").map(Number);
  const unsigned = (tag) => bytes.readUInt16LE(elements.get(tag)[0]);
  const [rows, columns] = [unsigned("0028,0010"), unsigned("0028,0011")];
  const signed = unsigned("0028,0103") === 1;
  const [slope] = numbers("0028,1053");
  const [intercept] = numbers("0028,1052");
  const [start] = elements.get("7fe0,0010");
  const stored = (at) => (signed ? bytes.readInt16LE(start + 2 * at) : bytes.readUInt16LE(start + 2 * at));
  const values = Float32Array.from({ length: rows * columns }, (_, at) => slope * stored(at) + intercept);
  return { path, z: numbers("0020,0032")[2], rows, columns, values, bytes };
}

/** Where the value of each top-level element lies. */
function elementsOf(bytes) {
  const elements = new Map();
  // Preamble, "DICM", then the file meta group, whose length its first element holds.
  let at = 132 + 12 + bytes.readUInt32LE(140);
  while (at + 8 <= bytes.length) {
    const tag = `${hex(bytes.readUInt16LE(at))},${hex(bytes.readUInt16LE(at + 2))}`;
    const length = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    const end = length === UNDEFINED ? endOfSequence(bytes, start) : start + length;
    elements.set(tag, [start, end]);
    at = length === UNDEFINED ? end + 8 : end;
  }
  return elements;
}

/** Where the sequence delimiter of a sequence of undefined length stands. */
function endOfSequence(bytes, from) {
  let at = from;
  let depth = 0;
  for (;;) {
    const [group, element, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2), bytes.readUInt32LE(at + 4)];
    if (group === 0xfffe && element === 0xe0dd) {
      if (depth === 0) return at;
      depth -= 1;
      at += 8;
    } else if (group === 0xfffe) {
      at += 8 + (element === 0xe000 && length !== UNDEFINED ? length : 0);
    } else {
      depth += length === UNDEFINED ? 1 : 0;
      at += 8 + (length === UNDEFINED ? 0 : length);
    }
  }
}

const hex = (number) => number.toString(16).padStart(4, "0");
