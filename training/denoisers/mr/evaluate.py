"""Measure mr-translate on patients it was not trained on: one sample, the mean of several, their spread.

    python -m denoisers.mr.evaluate --data DIR --model DIR --out FILE.json

Runs the exported graphs in ONNX Runtime: DPM-Solver++ over 8 evaluations. PSNR (peak: the reference's maximum) and NRMSE
inside the brain over the slices taken, SSIM inside the brain slice by slice; every image is over its own volume's
foreground mean. The data has no masks of lesions: a lesion is what is far brighter in the true FLAIR than the brain is,
see `lesions`.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter, label
from scipy.stats import spearmanr

from denoisers.graphs import Graphs
from denoisers.mr.data import PATIENTS, neighbours, patient
from denoisers.mr.model import CONTRASTS
from measures import nrmse, psnr, ssim

EVALUATIONS, MULTIPLE = 8, 8
BRIGHT, SMALLEST_VOXELS, EDGE_VOXELS = 2.0, 100, 4


def lesions(volume: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """Where the smoothed FLAIR is BRIGHT robust deviations above the brain's median and T2 above its own median, away
    from the edge, in pieces of at least SMALLEST_VOXELS."""
    _, t2, flair = volume
    middle = np.median(flair[brain])
    deviation = 1.4826 * np.median(np.abs(flair[brain] - middle))
    bright = (gaussian_filter(flair, 0.7) > middle + BRIGHT * deviation) & (t2 > np.median(t2[brain]))
    pieces, _ = label(bright & binary_erosion(brain, iterations=EDGE_VOXELS))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return (sizes >= SMALLEST_VOXELS)[pieces]


def affine(image: np.ndarray, truth: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """An image with the gain and offset that fit this very truth best."""
    gain, offset = np.polyfit(image[brain], truth[brain], 1)
    return np.where(brain, gain * image + offset, 0)


def padded(slices: np.ndarray) -> np.ndarray:
    """Edges repeated up to the model's multiple, as the app does."""
    return np.pad(slices, [(0, 0), *((0, -n % MULTIPLE) for n in slices.shape[1:])], mode="edge")


def images(graphs: Graphs, t1: np.ndarray, chosen: np.ndarray, contrast: int,
           count: int) -> tuple[np.ndarray, np.ndarray]:
    """The guess (slices, h, w) and the samples (slices, count, h, w) of the slices chosen."""
    height, width = t1.shape[1:]
    guesses, samples = [], []
    for z in chosen:
        condition = graphs.condition(padded(neighbours(t1, z)))
        guesses.append(condition[0, 1 + contrast, :height, :width].clip(min=0))
        noise = np.random.default_rng([z, contrast])
        start = noise.standard_normal((count, 1, 1, *condition.shape[2:])).astype(np.float32)
        given = {"contrast": np.array([contrast], np.int64)}
        samples.append([graphs.sample(one, condition, **given)[:height, :width] for one in start])
    return np.array(guesses), np.array(samples)


def detail(image: np.ndarray, brain: np.ndarray) -> float:
    """Mean absolute difference of neighbouring pixels inside the brain: a blurred image has less than a true one."""
    return float(np.abs(np.diff(image, axis=-1))[brain[..., 1:] & brain[..., :-1]].mean())


def quality(image: np.ndarray, truth: np.ndarray, brain: np.ndarray, lesion: np.ndarray) -> dict[str, float]:
    """The figures of one image of some slices."""
    similar = [ssim(a, b, inside) for a, b, inside in zip(image, truth, brain) if inside.any()]
    figures = {"psnr": psnr(image, truth, brain), "psnr_affine": psnr(affine(image, truth, brain), truth, brain),
               "ssim": float(np.mean(similar)),
               "nrmse": nrmse(image, truth, brain), "detail": detail(image, brain)}
    if lesion.any():
        figures["nrmse_lesions"] = nrmse(image, truth, lesion)
        figures["bias_lesions"] = float((image - truth)[lesion].mean() / truth[lesion].mean())
    return figures


def certainty(samples: np.ndarray, truth: np.ndarray, brain: np.ndarray, lesion: np.ndarray) -> dict[str, float]:
    """Whether the spread shows where the mean errs, pixel by pixel and in neighbourhoods, and whether it is as large."""
    mean, spread = samples.mean(1), samples.std(1, ddof=1)
    error = np.abs(mean - truth)
    blur = lambda image: np.stack([gaussian_filter(slice_, 2.0) for slice_ in image])
    # The mean of n samples errs by its own spread / sqrt(n) besides.
    expected = np.sqrt(1 + 1 / samples.shape[1]) * spread
    ratio = lambda inside: float(np.sqrt((expected[inside] ** 2).mean() / (error[inside] ** 2).mean()))
    return {
        "spearman": float(spearmanr(spread[brain], error[brain]).statistic),
        "spearman_neighbourhood": float(spearmanr(blur(spread)[brain], blur(error)[brain]).statistic),
        "spread_over_error": ratio(brain),
    } | ({"spread_over_error_lesions": ratio(lesion)} if lesion.any() else {})


def measure(graphs: Graphs, name: str, volume: np.ndarray, count: int, slices: int) -> list[dict]:
    """All rows of one patient."""
    t1 = volume[0]
    inside = t1 > 0
    filled = np.flatnonzero(inside.mean((1, 2)) > 0.1)
    chosen = filled[np.linspace(0, len(filled) - 1, slices + 2).round().astype(int)[1:-1]]
    brain, lesion = inside[chosen], lesions(volume, inside)[chosen]
    rows = []
    for contrast, title in enumerate(CONTRASTS):
        truth = volume[1 + contrast][chosen]
        guess, samples = images(graphs, t1, chosen, contrast, count)
        made = {"T1, affine": affine(t1[chosen], truth, brain), "guess alone": guess, "one sample": samples[:, 0],
                f"mean of {count}": samples.mean(1)}
        of = {"patient": name, "contrast": title, "lesion_voxels": int(lesion.sum()),
              "detail_truth": detail(truth, brain)}
        for method, image in made.items():
            more = certainty(samples, truth, brain, lesion) if method.startswith("mean") else {}
            rows.append(of | {"method": method} | quality(image, truth, brain, lesion) | more)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=PATIENTS, default="test")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--slices", type=int, default=8, help="of each patient, evenly spaced")
    given = parser.parse_args()
    rows = []
    for precision, folder in (("float32", given.model / "float32"), ("int8", given.model)):
        graphs = Graphs(folder / "encoder.onnx", folder / "denoiser.onnx", given.model / "decoder.onnx", EVALUATIONS)
        for name in PATIENTS[given.split]:
            made = measure(graphs, name, patient(given.data, name), given.samples, given.slices)
            rows += [{"precision": precision, "slices": given.slices, "samples": given.samples} | row for row in made]
            for row in made:
                print(json.dumps(row), flush=True)
    given.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
