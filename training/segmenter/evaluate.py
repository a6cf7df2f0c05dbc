"""Measure the package's segmenter: its masks, and what they are worth to the network.

    python -m segmenter.evaluate --pairs DIR... --package ../weights/pet-enhance --darkroom DARKROOM \\
        --data ../../shared/data --out OUT/segmenter.json

The masks are made by `darkroom mask`, so what is measured is what users run, with the check that drops masks that do not
fit. Under `segmenter`, `rows` has one row an item of the test split, dose and condition; `dice` one a tissue; `real` one a
crop of real PET.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import nibabel as nib
import numpy as np

from conditioning import estimate_log_dose, noise_level
from enhancer import Enhancer
from measures import nrmse, psnr
from pairs import inside_body, items
from phantoms import REGION_LABEL

CONDITIONS = ("none", "true", "found", "dose estimated")  # the dose is the true one but in the last
FEWEST = 200  # voxels of a tissue for which a Dice is told; below, it is an edge of an organ
BODY_SUV = 0.1  # above it a voxel of real PET counts as body


def dice(found: np.ndarray, true: np.ndarray) -> float:
    return float(2 * (found & true).sum() / (found.sum() + true.sum()))


class Finder:
    """`darkroom mask` of one package."""

    def __init__(self, command: Path, package: Path):
        self.command, self.package = command, package

    def __call__(self, image: Path) -> tuple[np.ndarray, str | None]:
        """Labels (z, y, x) in the file's own order, and why a run would not use them."""
        with tempfile.TemporaryDirectory() as folder:
            labels = Path(folder) / "labels.nii.gz"
            told = subprocess.run([self.command, "mask", image, "-o", labels, "--json", "--backend", "cpu", "--model", self.package],
                                  check=True, capture_output=True, text=True).stdout
            found = np.asarray(nib.load(labels).dataobj).transpose(2, 1, 0)
        return found.astype(np.uint8), json.loads(told)["objection"]

    def of(self, image: np.ndarray, voxel_mm) -> tuple[np.ndarray, str | None]:
        """The same of an image (z, y, x) in RAS order."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pet.nii.gz"
            nib.save(nib.Nifti1Image(np.asarray(image, np.float32).transpose(2, 1, 0), np.diag([*voxel_mm[::-1], 1.0])), path)
            return self(path)


def measure(item: dict, dose: float, low: np.ndarray, conditions, finder: Finder, network: Enhancer, line) -> tuple[list, list]:
    """Rows of one image: figures under each condition, and Dice of each tissue of the mask that was found."""
    context = {"item": item["name"], "kind": item["kind"], "dose": float(dose)}
    found, objection, true = None, None, float(np.log2(1 / dose))
    if "found" in conditions:
        found, objection = finder.of(low, item["voxel_mm"])
    told = {"none": (true, None), "true": (true, item["regions"]), "found": (true, found),
            "dose estimated": (estimate_log_dose(noise_level(low), *line), None)}
    cut = inside_body(item)
    standard, clean, body = (item[name][cut] for name in ("standard", "noise_free", "body"))
    rows = []
    for name in conditions:
        result = network(low, item["voxel_mm"], *told[name])[cut]
        rows.append({**context, "mask": name, "objection": objection if name == "found" else None,
                     "nrmse": nrmse(result, standard, body), "nrmse_truth": nrmse(result, clean, body),
                     "psnr": psnr(result, standard, body)})
    tissues = [] if found is None else [
        {**context, "tissue": name, "voxels": int((item["regions"] == code).sum()), "found": int((found == code).sum()),
         "dice": dice(found == code, item["regions"] == code)}
        for name, code in REGION_LABEL.items() if max((item["regions"] == code).sum(), (found == code).sum()) >= FEWEST]
    return rows, tissues


def real(folder: Path, finder: Finder) -> dict:
    """What is found in a crop of real PET of a sarcoma: parts of the body, by tissue."""
    image = folder / "PET_image.nii.gz"
    found, objection = finder(image)
    body = np.asarray(nib.load(image).dataobj).transpose(2, 1, 0) > BODY_SUV
    shares = {name: float(((found == code) & body).sum() / body.sum()) for name, code in REGION_LABEL.items()}
    return {"patient": folder.name, "objection": objection, "labelled": sum(shares.values()), "shares": shares}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+")
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--darkroom", type=Path, required=True, help="the command")
    parser.add_argument("--data", type=Path, help="folder that holds pet/crops; without it no real PET is looked at")
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=CONDITIONS[:3])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    manifest = json.loads((given.package / "model.json").read_text())
    line = manifest["dose"]["estimate"]["intercept"], manifest["dose"]["estimate"]["slope"]
    finder, network = Finder(given.darkroom, given.package), Enhancer.from_onnx(given.package / manifest["graph"])
    tables = {"rows": [], "dice": [], "real": []}
    if given.data:
        tables["real"] = [real(folder, finder) for folder in sorted((given.data / "pet/crops").glob("STS_*"))]
    for item in items(given.pairs, "test"):
        for dose, low in zip(item["doses"], item["low"]):
            for table, rows in zip(("rows", "dice"), measure(item, dose, low, given.conditions, finder, network, line)):
                tables[table] += rows
        given.out.write_text(json.dumps({"segmenter": tables}))
        print(f"{item['name']} {item['kind']} measured", flush=True)


if __name__ == "__main__":
    main()
