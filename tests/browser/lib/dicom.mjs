// The slices of an uncompressed, implicit little-endian DICOM series, read without any library of the page's.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const UNDEFINED = 0xffffffff;
const [ROWS, COLUMNS, POSITION, PIXELS] = ["0028,0010", "0028,0011", "0020,0032", "7fe0,0010"];

/** The files of the real whole-body series, or null where this machine has none. */
export function realSeries(data) {
  const folder = join(data, "pet/sts001_dicom/STS_001/FDG_PET/image");
  if (!existsSync(folder)) return null;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".dcm"))
    .map((name) => join(folder, name));
}

/** One slice: its place in the patient, its grid and its rescaled values. */
export function readSlice(bytes) {
  const elements = elementsOf(bytes);
  const numbers = (tag) => bytes.toString("latin1", ...elements.get(tag)).replace(/\0/g, "").split("\\").map(Number);
  const unsigned = (tag) => bytes.readUInt16LE(elements.get(tag)[0]);
  const [rows, columns] = [unsigned(ROWS), unsigned(COLUMNS)];
  const signed = unsigned("0028,0103") === 1;
  const [slope] = numbers("0028,1053");
  const [intercept] = numbers("0028,1052");
  const [start] = elements.get(PIXELS);
  const stored = (at) => (signed ? bytes.readInt16LE(start + 2 * at) : bytes.readUInt16LE(start + 2 * at));
  const values = Float32Array.from({ length: rows * columns }, (_, at) => slope * stored(at) + intercept);
  return { position: numbers(POSITION), spacing: numbers("0028,0030"), rows, columns, values, bytes };
}

/** What one Bq/ml is in SUV by body weight, for a series whose values are decay-corrected to its start. */
export function suvOf({ bytes }) {
  const elements = elementsOf(bytes);
  // The radiopharmaceutical's sequence has one item: its elements begin behind the item's tag and length.
  const [start, end] = elements.get("0054,0016");
  const tracer = elementsOf(bytes, start + 8, end);
  const text = (tag, from = elements) => bytes.toString("latin1", ...from.get(tag)).replace(/\0/g, "").trim();
  const seconds = (time) => 3600 * time.slice(0, 2) + 60 * time.slice(2, 4) + Number(time.slice(4));
  const waited = seconds(text("0008,0031")) - seconds(text("0018,1072", tracer));
  const dose = text("0018,1074", tracer) * 2 ** (-waited / text("0018,1075", tracer));
  return (1000 * text("0010,1030")) / dose;
}

/** The same slice with only the pixels from `row` and `column` on, as the bytes of a file. */
export function cropSlice({ bytes, position, spacing, columns: width }, { row, column, rows, columns }) {
  const elements = elementsOf(bytes);
  const [start] = elements.get(PIXELS);
  const lines = Array.from({ length: rows }, (_, at) => {
    const from = start + 2 * (column + width * (row + at));
    return bytes.subarray(from, from + 2 * columns);
  });
  const head = Buffer.from(bytes.subarray(0, start));
  head.writeUInt16LE(rows, elements.get(ROWS)[0]);
  head.writeUInt16LE(columns, elements.get(COLUMNS)[0]);
  head.writeUInt32LE(2 * rows * columns, start - 4);
  // The spacing is between rows, then between columns; the series lies straight, so x goes with columns.
  const moved = [position[0] + column * spacing[1], position[1] + row * spacing[0], position[2]].join("\\");
  const [from, to] = elements.get(POSITION);
  if (moved.length > to - from) throw new Error(`${moved} does not fit where the old position stood`);
  head.write(moved.padEnd(to - from), from, "latin1");
  return Buffer.concat([head, ...lines]);
}

/** Where the value of each element lies; of the whole file, behind the file meta group whose length stands in it. */
function elementsOf(bytes, from = 144 + bytes.readUInt32LE(140), until = bytes.length) {
  const elements = new Map();
  let at = from;
  while (at + 8 <= until) {
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
