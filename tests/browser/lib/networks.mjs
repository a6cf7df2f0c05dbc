// Networks of other people, exported by PyTorch.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fromZip } from "./zip.mjs";

/** MONAI's UNet in three dimensions, from image to image. */
export function monaiUnet() {
  return fromZip(readFileSync(join(import.meta.dirname, "../../networks/exports/monai_unet.zip")), "dynamo.onnx");
}
