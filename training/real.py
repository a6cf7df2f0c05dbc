"""Measure an exported generator on real FDG PET: 18F-FDG crops of soft-tissue sarcomas.

    python real.py --data ../../shared/data --graph OUT/int8.onnx --out OUT/real.json

Twice: the image as it is, with the dose estimated from its noise; and the image thinned. No raw data are
public, so for thinning the real image is taken for the activity, projected with our scanner (soft tissue
wherever it holds activity), and reconstructed from standard counts and from a part of them.
"""

import argparse
import json
from pathlib import Path

import nibabel as nib
import numpy as np

from conditioning import estimate_log_dose, noise_level
from enhancer import Enhancer
from measures import nrmse
from methods import gaussian
from phantoms import MU_SOFT, Grid, Phantom
from physics import Protocol
from simulate import simulate_pair

DOSES = (1 / 4, 1 / 10)
BODY_SUV = 0.1  # above it a voxel counts as body
COUNTS_PER_MM = 1.5e5  # of the standard dose: the middle of those simulated for training


def load(folder: Path) -> tuple[np.ndarray, np.ndarray, tuple[float, ...]]:
    """SUV, tumour mask and voxel size, (z, y, x); at most 48 slices around the tumour's middle."""
    image, mask = (nib.as_closest_canonical(nib.load(folder / f"PET_{name}.nii.gz")) for name in ("image", "mask"))
    suv, tumour = (np.asarray(volume.dataobj).transpose(2, 1, 0) for volume in (image, mask))
    middle = int(np.nonzero(tumour)[0].mean())
    cut = slice(max(0, middle - 24), middle + 24)
    return suv[cut].astype(np.float32), tumour[cut] > 0, tuple(map(float, image.header.get_zooms()[2::-1]))


def square(volume: np.ndarray, side: int) -> np.ndarray:
    padding = [(0, 0)] + [((side - n) // 2, side - n - (side - n) // 2) for n in volume.shape[1:]]
    return np.pad(volume, padding)


def as_phantom(suv: np.ndarray, voxel_mm) -> Phantom:
    """The real image as activity, wide enough that every projection angle sees it."""
    side = 8 * int(np.ceil(1.05 * np.hypot(*suv.shape[1:]) / 8))
    activity = square(np.maximum(suv, 0), side)
    body = activity > BODY_SUV
    return Phantom(Grid(activity.shape, voxel_mm), activity, MU_SOFT * body.astype(np.float32),
                   np.zeros(activity.shape, np.uint8), body)


def percent(after: float, before: float) -> float:
    return float(100 * (after / before - 1))


def measure(folder: Path, network: Enhancer, line, widths: dict[float, float], index: int) -> list[dict]:
    """Rows of one patient: the image as it is (dose None), then thinned to each dose."""
    suv, tumour, voxel_mm = load(folder)
    estimated = estimate_log_dose(noise_level(suv), *line)
    enhanced = network(suv, voxel_mm, estimated)
    rows = [{"patient": folder.name, "dose": None, "log_dose": estimated, "noise": noise_level(suv),
             "noise_after": noise_level(enhanced), "suv_mean": percent(enhanced[tumour].mean(), suv[tumour].mean()),
             "suv_max": percent(enhanced[tumour].max(), suv[tumour].max())}]
    phantom = as_phantom(suv, voxel_mm)
    mask = square(tumour, phantom.grid.shape[1])
    protocol = Protocol(psf_mm=4.0, counts_per_mm=COUNTS_PER_MM, scatter_fraction=0.3, randoms_ratio=0.35, iterations=3,
                        filter_mm=0.0, axial_filter=False, psf_modelled=True)
    images = simulate_pair(phantom, protocol, DOSES, np.random.default_rng([4, index]))
    standard = images["standard"]
    for dose, low in zip(DOSES, images["low"]):
        results = {"untouched": low, "gaussian": gaussian(low, voxel_mm, widths[dose]),
                   "network": network(low, voxel_mm, float(np.log2(1 / dose)))}
        for method, result in results.items():
            rows.append({"patient": folder.name, "dose": dose, "method": method,
                         "nrmse": nrmse(result, standard, phantom.body),
                         "nrmse_truth": nrmse(result, images["noise_free"], phantom.body),
                         "suv_mean": percent(result[mask].mean(), standard[mask].mean())})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../../shared/data"))
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--figures", type=Path, required=True, help="evaluate.py's output, for the line of the dose")
    parser.add_argument("--baselines", type=Path, required=True, help="baselines.py's output, for the Gaussian's widths")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take each n-th patient only")
    arguments = parser.parse_args()
    estimate = json.loads(arguments.figures.read_text())["dose_estimate"]
    widths = dict(json.loads(arguments.baselines.read_text())["tuned"]["gaussian"])
    network = Enhancer.from_onnx(arguments.graph)
    rows = []
    for index, folder in enumerate(sorted((arguments.data / "pet/crops").glob("STS_*"))[::arguments.every]):
        rows += measure(folder, network, (estimate["intercept"], estimate["slope"]), widths, index)
        print(f"{folder.name} measured", flush=True)
        arguments.out.write_text(json.dumps({"real": rows}))


if __name__ == "__main__":
    main()
