"""Measure the exported generator on held-out phantoms, beside the best single Gaussian filter.

    python evaluate.py --pairs DIR --models OUT --out OUT/quality.json

Two Gaussians are compared: one width a dose, tuned on the validation split, and, as a limit that no user
can reach, the width that is best for each single test image, found with its standard-dose image at hand.
NRMSE = rms(test - reference) / rms(reference), PSNR with the reference's maximum as peak, both inside the
body. Bias is of region and lesion values, in per cent of the standard-dose image's.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize_scalar

from conditioning import (dose_code, estimate_log_dose, fit_dose, foreground_scale, noise_level,
                          region_channels)
from phantoms import REGION_LABEL
from simulate import DOSES

WIDEST_MM = 15.0  # full width at half maximum of the widest Gaussian that is tried
MEAN_SIGMA_MM = 12.0  # of the Gaussian that keeps local means; model.json tells the app


class Enhancer:
    """A network with the pipeline around it: normalise, condition, run, undo."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray, voxel_mm, log_dose: float, labels: np.ndarray | None) -> np.ndarray:
        scale = foreground_scale(image)
        padding = [(0, -n % 4) for n in image.shape]
        pet = np.pad((image / scale).astype(np.float32), padding)
        labels = None if labels is None else np.pad(labels, padding)
        regions = region_channels(labels, pet.shape, dose_code(log_dose))
        result = self.session.run(None, {"pet": pet[None, None], "regions": regions[None]})[0][0, 0]
        result = np.maximum(result[tuple(slice(0, n) for n in image.shape)] * scale, 0)
        return keep_means(image, result, voxel_mm)


def keep_means(image, result, voxel_mm):
    """y + G * (x - y), not below 0: what the network changed on wide scales is taken back."""
    sigma = MEAN_SIGMA_MM / np.array(voxel_mm)
    return np.maximum(result + gaussian_filter(image - result, sigma, mode="nearest"), 0)


def gaussian(image, width_mm, voxel_mm):
    return gaussian_filter(image, width_mm / 2.3548 / np.array(voxel_mm))


def nrmse(test, reference, body) -> float:
    return float(np.sqrt(np.mean((test - reference)[body] ** 2) / np.mean(reference[body] ** 2)))


def psnr(test, reference, body) -> float:
    return float(20 * np.log10(reference[body].max() / np.sqrt(np.mean((test - reference)[body] ** 2))))


def items(pairs: Path, split: str):
    """The items of a split as dictionaries of float32 arrays."""
    for path in sorted((pairs / split).glob("*.npz")):
        with np.load(path) as file:
            item = {name: file[name] for name in file.files}
        item["kind"] = str(item["kind"])
        for name in ("standard", "noise_free", "low", "activity"):
            item[name] = item[name].astype(np.float32)
        yield item


def at_dose(item, dose):
    return next(low for low, d in zip(item["low"], item["doses"]) if np.isclose(d, dose))


def best_width(images, dose: float) -> float:
    """The Gaussian's width, in mm, with the lowest mean NRMSE over the images at one dose."""
    def error(width_mm):
        return np.mean([nrmse(gaussian(at_dose(item, dose), width_mm, item["voxel_mm"]), item["standard"],
                              item["body"]) for item in images])
    return float(minimize_scalar(error, bounds=(0.5, WIDEST_MM), method="bounded", options={"xatol": 0.1}).x)


def fit_dose_estimate(pairs: Path) -> tuple[float, float]:
    """The line from noise to dose, on the training split, the standard dose included."""
    noise, doses = [], []
    for item in items(pairs, "train"):
        noise += [*item["noise"], float(item["standard_noise"])]
        doses += [*item["doses"], 1.0]
    return fit_dose(np.array(noise), np.array(doses))


def lesion_errors(result, item) -> list[dict]:
    """Bias of SUVmean and SUVmax in per cent, for each lesion of at least four voxels.

    The standard dose's SUVmax is itself raised by noise, so the noise-free image's is a reference too.
    """
    rows = []
    for label in range(1, int(item["lesions"].max()) + 1):
        inside = item["lesions"] == label
        if inside.sum() >= 4:
            standard, clean = item["standard"][inside], item["noise_free"][inside]
            rows.append({"suv_mean": 100 * float(result[inside].mean() / standard.mean() - 1),
                         "suv_max": 100 * float(result[inside].max() / standard.max() - 1),
                         "suv_max_truth": 100 * float(result[inside].max() / clean.max() - 1)})
    return rows


def region_errors(result, reference, regions):
    """Bias of each region's mean in per cent, keyed by the region's name."""
    bias = {}
    for name, label in REGION_LABEL.items():
        inside = regions == label
        if inside.sum() >= 100:
            bias[name] = 100 * float(result[inside].mean() / reference[inside].mean() - 1)
    return bias


def enhance_all(networks, item, dose, width_mm, estimated) -> dict[str, np.ndarray]:
    """What each method makes of one image, keyed by the method's name."""
    low, voxel_mm, log_dose = at_dose(item, dose), item["voxel_mm"], float(np.log2(1 / dose))
    return {
        "input": low,
        "gaussian": gaussian(low, width_mm, voxel_mm),
        "gaussian, best for each image": gaussian(low, best_width([item], dose), voxel_mm),
        "float32": networks["float32"](low, voxel_mm, log_dose, None),
        "int8": networks["int8"](low, voxel_mm, log_dose, None),
        "int8 with mask": networks["int8"](low, voxel_mm, log_dose, item["regions"]),
        "int8, dose estimated": networks["int8"](low, voxel_mm, estimated, None),
    }


def evaluate(pairs: Path, models: Path) -> dict:
    """Every figure of the card: one row an image and method, and the biases, for the test split."""
    validation = list(items(pairs, "validation"))
    widths = {dose: best_width(validation, dose) for dose in DOSES}
    intercept, slope = fit_dose_estimate(pairs)
    networks = {name: Enhancer(models / f"{name}.onnx") for name in ("float32", "int8")}
    rows, regions, lesions, estimates = [], [], [], []
    for number, item in enumerate(items(pairs, "test")):
        for dose in DOSES:
            estimated = estimate_log_dose(noise_level(at_dose(item, dose)), intercept, slope)
            estimates.append(estimated - np.log2(1 / dose))
            for method, result in enhance_all(networks, item, dose, widths[dose], estimated).items():
                context = {"item": number, "kind": item["kind"], "dose": dose, "method": method}
                rows.append({**context, "nrmse": nrmse(result, item["standard"], item["body"]),
                             "nrmse_truth": nrmse(result, item["noise_free"], item["body"]),
                             "psnr": psnr(result, item["standard"], item["body"])})
                regions += [{**context, "region": name, "bias": bias} for name, bias in
                            region_errors(result, item["standard"], item["regions"]).items()]
                lesions += [{**context, **errors} for errors in lesion_errors(result, item)]
        print(f"phantom {number} {item['kind']} measured", flush=True)
    return {
        "gaussian_mm": [[dose, width] for dose, width in widths.items()],
        "dose_estimate": {"intercept": intercept, "slope": slope,
                          "error_log2": float(np.sqrt(np.mean(np.square(estimates))))},
        "rows": rows, "region_bias": regions, "lesion_bias": lesions,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    quality = evaluate(arguments.pairs, arguments.models)
    arguments.out.write_text(json.dumps(quality, indent=1))
    for dose in DOSES:
        for method in dict.fromkeys(row["method"] for row in quality["rows"]):
            chosen = [row["nrmse"] for row in quality["rows"] if row["dose"] == dose and row["method"] == method]
            print(f"1/{1 / dose:.0f}  {method:30s} NRMSE {np.mean(chosen):.4f}")


if __name__ == "__main__":
    main()
