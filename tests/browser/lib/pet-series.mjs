// Small DICOM series made in the tests: explicit little endian, attribute by attribute.

import { VALUES_DIMS, smallValues } from "./volumes.mjs";

const LONG = new Set(["OB", "OW", "SQ", "UN", "UT"]);
const [PET, LITTLE_ENDIAN] = ["1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.1.2.1"];
/** Bq/ml of one unit of the small volume. */
const ACTIVITY = 5000;
const SLOPE = 1;

/**
 * The small volume as a PET series in Bq/ml, 350 MBq injected an hour before; `weight` in kilograms or null.
 * Files as `{ name, bytes }`, feet first.
 */
export function petSeries(weight, dims = VALUES_DIMS) {
  const values = smallValues(dims);
  const area = dims[0] * dims[1];
  return Array.from({ length: dims[2] }, (_, slice) => {
    const stored = Buffer.alloc(2 * area);
    for (let at = 0; at < area; at++) {
      stored.writeUInt16LE(Math.min(65535, Math.round((ACTIVITY * values[slice * area + at]) / SLOPE)), 2 * at);
    }
    return { name: `${slice}.dcm`, bytes: file(slice, weight, dims, stored) };
  });
}

function file(slice, weight, dims, stored) {
  const drug = [
    [0x0018, 0x1072, "TM", "100000"],
    [0x0018, 0x1074, "DS", "350000000"],
    [0x0018, 0x1075, "DS", "6586.2"],
  ];
  const own = [
    [0x0008, 0x0022, "DA", "20250301"],
    [0x0008, 0x0032, "TM", "110000"],
    ...(weight === null ? [] : [[0x0010, 0x1030, "DS", String(weight)]]),
    [0x0028, 0x0051, "CS", "DECY\\ATTN"],
    [0x0054, 0x0016, "SQ", item(elements(drug))],
    [0x0054, 0x1001, "CS", "BQML"],
    [0x0054, 0x1102, "CS", "START"],
  ];
  const series = { sop: PET, uid: "2.25.80", modality: "PT", title: "Small PET", edge: 4, corner: [0, 0, 0], own };
  return sliceFile(series, slice, dims, stored);
}

/**
 * A slice of a DICOM series whose axes run to the patient's left, back and head: `uid` names the series and, with the
 * slice, its files; all series lie in one frame of reference. `own` has the attributes that only its modality has.
 */
export function sliceFile(series, slice, [columns, rows], stored) {
  const { sop, uid: seriesUid, modality, title, edge, corner, intercept = 0, signed = 0, own = [] } = series;
  const uid = `${seriesUid}.${slice + 1}`;
  const meta = elements([
    [0x0002, 0x0001, "OB", Buffer.from([0, 1])],
    [0x0002, 0x0002, "UI", sop],
    [0x0002, 0x0003, "UI", uid],
    [0x0002, 0x0010, "UI", LITTLE_ENDIAN],
    [0x0002, 0x0012, "UI", "2.25.78"],
  ]);
  const [x, y, z] = corner;
  const all = [
    [0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY"],
    [0x0008, 0x0016, "UI", sop],
    [0x0008, 0x0018, "UI", uid],
    [0x0008, 0x0021, "DA", "20250301"],
    [0x0008, 0x0031, "TM", "110000"],
    [0x0008, 0x0060, "CS", modality],
    [0x0008, 0x103e, "LO", title],
    [0x0010, 0x0010, "PN", "Nobody"],
    [0x0010, 0x0020, "LO", "0"],
    [0x0018, 0x0050, "DS", String(edge)],
    [0x0020, 0x000d, "UI", "2.25.79"],
    [0x0020, 0x000e, "UI", seriesUid],
    [0x0020, 0x0013, "IS", String(slice + 1)],
    [0x0020, 0x0032, "DS", `${x}\\${y}\\${z + edge * slice}`],
    [0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0"],
    [0x0020, 0x0052, "UI", "2.25.81"],
    [0x0028, 0x0002, "US", 1],
    [0x0028, 0x0004, "CS", "MONOCHROME2"],
    [0x0028, 0x0010, "US", rows],
    [0x0028, 0x0011, "US", columns],
    [0x0028, 0x0030, "DS", `${edge}\\${edge}`],
    [0x0028, 0x0100, "US", 16],
    [0x0028, 0x0101, "US", 16],
    [0x0028, 0x0102, "US", 15],
    [0x0028, 0x0103, "US", signed],
    [0x0028, 0x1052, "DS", String(intercept)],
    [0x0028, 0x1053, "DS", String(SLOPE)],
    [0x7fe0, 0x0010, "OW", stored],
    ...own,
  ];
  const body = elements(all.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  const length = element(0x0002, 0x0000, "UL", uint32(meta.length));
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), length, meta, body]);
}

function elements(list) {
  return Buffer.concat(list.map((one) => element(...one)));
}

function element(group, number, vr, value) {
  let bytes = value;
  if (vr === "US") {
    bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
  } else if (typeof value === "string") {
    bytes = Buffer.from(value, "latin1");
  }
  if (bytes.length % 2) bytes = Buffer.concat([bytes, Buffer.from(vr === "UI" ? "\0" : " ")]);
  const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, "latin1");
  if (LONG.has(vr)) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/** The one item of a sequence. */
function item(content) {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(0xe000, 2);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
