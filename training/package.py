"""Make the model package, the page's sample and the golden arrays from an evaluated export.

    python package.py --version 2.0.0 --models OUT --tables OUT/baselines.json OUT/float32.json OUT/int8.json

Writes `weights/pet-enhance`, `web/samples` and `training/goldens`; run from this folder.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import onnxruntime
import torch

import card
from baselines import ALL_DOSES
from conditioning import CHANNELS, DOSE, UNKNOWN
from enhancer import MEAN_SIGMA_MM, Recovery, recover_contrast
from lcg import probe_image
from phantoms import REGIONS, Grid
from physics import Protocol
from simulate import DOSES, simulate_pair
from tables import mean, merged, of
from torsos import torso_on

ROOT = Path(__file__).parent.parent
PACKAGE, SAMPLES, GOLDENS = ROOT / "weights/pet-enhance", ROOT / "web/samples", Path(__file__).parent / "goldens"
PROBE = (16, 16, 16)
SAMPLE_SEED = 20261121  # used by no split
SAMPLE_DOSE = 1 / 10


def run(model: Path, pet: np.ndarray, regions: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"pet": pet, "regions": regions})[0]


def conditions(shape, code: float) -> np.ndarray:
    regions = np.zeros((1, CHANNELS, *shape), np.float32)
    regions[:, UNKNOWN], regions[:, DOSE] = 1, code
    return regions


def probe(model: Path) -> dict:
    """The probe of `model.json`: 64 samples of ONNX Runtime's output on the pseudo-random image."""
    pet = probe_image(1, int(np.prod(PROBE))).reshape(1, 1, *PROBE)
    output = run(model, pet, conditions(PROBE, 0.5)).ravel()
    indices = np.linspace(0, output.size - 1, 64).astype(int)
    return {"dims": list(PROBE), "seed": 1, "samples": [[int(i), float(output[i])] for i in indices],
            "tolerance": 0.002}


def quality_rows(rows: list[dict]) -> list[dict]:
    """Mean NRMSE and PSNR of the shipped precision at each dose, beside the Gaussian's and the input's."""
    def average(dose, method, key):
        return round(mean(of(rows, dose=dose, method=method), key), 4)
    return [{"dose": dose, "precision": "int8", "nrmse": average(dose, "int8", "nrmse"),
             "nrmse_gaussian": average(dose, "gaussian", "nrmse"), "nrmse_input": average(dose, "untouched", "nrmse"),
             "psnr_db": average(dose, "int8", "psnr")}
            for dose in ALL_DOSES]


def manifest(model: Path, version: str, tables: dict) -> dict:
    data = model.read_bytes()
    estimate = tables["dose_estimate"]
    main = card.headline(tables)
    return {
        "format": 1, "name": "pet-enhance", "version": version, "title": "PET, low to standard dose",
        "licence": "CC-BY-4.0", "task": "enhance",
        "pipeline": {"kind": "one-pass", "tile": {"inner": 80, "halo": 28, "multiple": 4},
                     "mean_preservation": {"sigma_mm": MEAN_SIGMA_MM},
                     "contrast_recovery": Recovery().manifest()},
        "graph": model.name,
        "files": [{"name": model.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}],
        "input": {"name": "pet", "modality": "PT", "tracer": "FDG",
                  "units": "any proportional to activity (SUV, Bq/ml)", "spacing_mm": [1.5, 6.0],
                  "normalisation": "foreground-mean"},
        "regions": {"name": "regions", "classes": list(REGIONS), "unknown": UNKNOWN, "dose": DOSE},
        "output": {"name": "enhanced"},
        "dose": {"min": 0.05, "max": 1.0, "trained": list(DOSES),
                 "estimate": {"intercept": round(estimate["intercept"], 4), "slope": round(estimate["slope"], 4)}},
        "quantisation": "int8, weight-only, per output channel",
        "training_data": card.TRAINING_DATA,
        "known_failures": card.known_failures(main),
        "quality": quality_rows(main["rows"]),
        "probe": probe(model),
    }


def save_nifti(path: Path, volume: np.ndarray, voxel_mm, description: str) -> None:
    """int16 with a slope in SUV, RAS affine centred on the volume; labels (uint8) as they are."""
    array = np.asarray(volume).transpose(2, 1, 0)
    x, y, z = voxel_mm[::-1]
    affine = np.diag([x, y, z, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(array.shape) - 1) / 2)
    if array.dtype == np.uint8:
        image = nib.Nifti1Image(array, affine)
    else:
        slope = float(array.max()) / 32767
        image = nib.Nifti1Image(np.rint(array / slope).astype(np.int16), affine)
        image.header.set_slope_inter(slope, 0)
        # NIfTI has no field for SUV; Darkroom looks for it here.
        image.header["intent_name"] = "SUV"
    image.header.set_xyzt_units("mm")
    image.set_qform(affine, 1)
    image.set_sform(affine, 1)
    image.header["descrip"] = description
    nib.save(image, path)


def write_samples() -> None:
    rng = np.random.default_rng(SAMPLE_SEED)
    phantom = torso_on(Grid((64, 80, 80), (4.5, 4.5, 4.5)), -20.0, 4, rng)
    protocol = Protocol(psf_mm=5.5, counts_per_mm=1.5e5, scatter_fraction=0.3, randoms_ratio=0.35,
                        iterations=3, filter_mm=4.0, axial_filter=True)
    images = simulate_pair(phantom, protocol, [SAMPLE_DOSE], rng)
    SAMPLES.mkdir(parents=True, exist_ok=True)
    voxel = phantom.grid.voxel_mm
    save_nifti(SAMPLES / "torso-low-dose.nii.gz", images["low"][0], voxel, "simulated FDG PET, SUV, 1/10 dose")
    save_nifti(SAMPLES / "torso-standard-dose.nii.gz", images["standard"], voxel, "simulated FDG PET, SUV")
    save_nifti(SAMPLES / "torso-regions.nii.gz", phantom.regions, voxel, "1..8: " + " ".join(REGIONS))
    (SAMPLES / "README.md").write_text(card.SAMPLES)


def write_goldens(model: Path) -> None:
    GOLDENS.mkdir(exist_ok=True)
    rng = np.random.default_rng(7)
    shape = (16, 20, 24)
    pet = rng.gamma(2.0, 0.5, (1, 1, *shape)).astype(np.float32)
    regions = conditions(shape, 0.77)
    regions[:, 1, 4:10, 5:15, 6:18], regions[:, UNKNOWN, 4:10, 5:15, 6:18] = 1, 0
    enhanced = run(model, pet, regions)
    for name, array in {"pet": pet, "regions": regions, "enhanced": enhanced,
                        "recovered": recovered(pet[0, 0], enhanced[0, 0])}.items():
        np.save(GOLDENS / f"{name}.npy", array)


def recovered(pet: np.ndarray, enhanced: np.ndarray) -> np.ndarray:
    """The golden image with contrast recovered, from less contrast than shipped, since all of it is noise."""
    return recover_contrast(pet, enhanced, (3.0, 2.0, 2.5), 1.0, Recovery(from_=0.0, full=0.05))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--tables", type=Path, nargs="+", required=True,
                        help="what baselines.py, evaluate.py (int8, float32), real.py and ablate.py wrote")
    parser.add_argument("--storage", type=Path, nargs=2, default=(),
                        help="what `darkroom evaluate --json` printed with --tier half and with --tier baseline")
    arguments = parser.parse_args()
    tables = merged(arguments.tables)
    tables["storage"] = [json.loads(path.read_text())["rows"] for path in arguments.storage]
    trained = torch.load(arguments.models / "generator.pt", map_location="cpu")
    PACKAGE.mkdir(parents=True, exist_ok=True)
    model = PACKAGE / "pet-enhance.onnx"
    shutil.copyfile(arguments.models / "int8.onnx", model)
    (PACKAGE / "model.json").write_text(json.dumps(manifest(model, arguments.version, tables), indent=1) + "\n")
    (PACKAGE / "CARD.md").write_text(card.text(tables, arguments.version, trained, model.stat().st_size))
    (PACKAGE / "FIGURES.md").write_text(card.figures(tables, arguments.version))
    write_samples()
    write_goldens(model)


if __name__ == "__main__":
    main()
