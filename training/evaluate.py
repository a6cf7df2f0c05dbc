"""Measure the exported generator on held-out phantoms, beside the best single Gaussian filter.

    python evaluate.py --pairs DIR --models OUT --out OUT/quality.json

The filter's width is tuned for each dose on the very phantoms it is then judged on, which favours it;
the network has seen none of them. NRMSE = rms(test - reference) / rms(reference), PSNR with the reference's
maximum as peak, both inside the body. Bias is of region means, in per cent of the reference's.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.ndimage import gaussian_filter

from conditioning import (dose_code, estimate_log_dose, fit_dose, foreground_scale, noise_level,
                          region_channels)
from phantoms import REGION_LABEL
from simulate import DOSES

WIDTHS_MM = np.arange(0, 15, 0.5)  # full widths at half maximum that are tried


class Enhancer:
    """A network with the pipeline around it: normalise, condition, run, undo."""

    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, image: np.ndarray, log_dose: float, labels: np.ndarray | None) -> np.ndarray:
        scale = foreground_scale(image)
        padding = [(0, -n % 4) for n in image.shape]
        pet = np.pad((image / scale).astype(np.float32), padding)
        labels = None if labels is None else np.pad(labels, padding)
        regions = region_channels(labels, pet.shape, dose_code(log_dose))
        result = self.session.run(None, {"pet": pet[None, None], "regions": regions[None]})[0][0, 0]
        return np.maximum(result[tuple(slice(0, n) for n in image.shape)] * scale, 0)


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


def tune(pairs: Path) -> dict[float, float]:
    """The width of the Gaussian with the lowest mean NRMSE for each dose, on the test split itself."""
    errors = {dose: np.zeros(len(WIDTHS_MM)) for dose in DOSES}
    for item in items(pairs, "test"):
        for dose in DOSES:
            low = at_dose(item, dose)
            errors[dose] += [nrmse(gaussian(low, width, item["voxel_mm"]), item["standard"], item["body"])
                             for width in WIDTHS_MM]
    return {dose: float(WIDTHS_MM[np.argmin(error)]) for dose, error in errors.items()}


def fit_dose_estimate(pairs: Path) -> tuple[float, float]:
    """The line from noise to dose, on the training split, the standard dose included."""
    noise, doses = [], []
    for item in items(pairs, "train"):
        noise += [*item["noise"], float(item["standard_noise"])]
        doses += [*item["doses"], 1.0]
    return fit_dose(np.array(noise), np.array(doses))


def lesion_errors(result, reference, lesions):
    """Bias of SUVmean and SUVmax in per cent, for each lesion the reference shows."""
    rows = []
    for label in np.unique(lesions[lesions > 0]):
        inside = lesions == label
        if inside.sum() >= 4:
            a, b = result[inside], reference[inside]
            rows.append((100 * (a.mean() / b.mean() - 1), 100 * (a.max() / b.max() - 1)))
    return rows


def region_errors(result, reference, regions):
    """Bias of each region's mean in per cent, keyed by the region's name."""
    bias = {}
    for name, label in REGION_LABEL.items():
        inside = regions == label
        if inside.sum() >= 100:
            bias[name] = 100 * float(result[inside].mean() / reference[inside].mean() - 1)
    return bias


def evaluate(pairs: Path, models: Path) -> dict:
    widths = tune(pairs)
    intercept, slope = fit_dose_estimate(pairs)
    networks = {name: Enhancer(models / f"{name}.onnx") for name in ("float32", "int8")}
    rows, regions, lesions, estimates = [], defaultdict(list), defaultdict(list), []
    for item in items(pairs, "test"):
        standard, body = item["standard"], item["body"]
        for dose in DOSES:
            low = at_dose(item, dose)
            log_dose = float(np.log2(1 / dose))
            estimated = estimate_log_dose(noise_level(low), intercept, slope)
            estimates.append(estimated - log_dose)
            results = {
                "input": low,
                "gaussian": gaussian(low, widths[dose], item["voxel_mm"]),
                "float32": networks["float32"](low, log_dose, None),
                "int8": networks["int8"](low, log_dose, None),
                "int8 with mask": networks["int8"](low, log_dose, item["regions"]),
                "int8, dose estimated": networks["int8"](low, estimated, None),
            }
            for method, result in results.items():
                rows.append({"kind": item["kind"], "dose": dose, "method": method,
                             "nrmse": nrmse(result, standard, body), "psnr": psnr(result, standard, body),
                             "nrmse_truth": nrmse(result, item["noise_free"], body)})
            for name, bias in region_errors(results["int8"], standard, item["regions"]).items():
                regions[dose, name].append(bias)
            lesions[dose] += lesion_errors(results["int8"], standard, item["lesions"])
    mean = lambda values: float(np.mean(values))
    return {
        "gaussian_mm": [[dose, width] for dose, width in widths.items()],
        "dose_estimate": {"intercept": intercept, "slope": slope,
                          "error_log2": float(np.sqrt(np.mean(np.square(estimates))))},
        "rows": rows,
        "region_bias": [{"dose": dose, "region": name, "mean": mean(values), "worst": float(np.max(np.abs(values))),
                         "count": len(values)} for (dose, name), values in regions.items()],
        "lesion_bias": [{"dose": dose, "count": len(values), "suv_mean": mean([v[0] for v in values]),
                         "suv_max": mean([v[1] for v in values]),
                         "suv_mean_abs": mean([abs(v[0]) for v in values])} for dose, values in lesions.items()],
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
            print(f"1/{1 / dose:.0f}  {method:22s} NRMSE {np.mean(chosen):.4f}")


if __name__ == "__main__":
    main()
