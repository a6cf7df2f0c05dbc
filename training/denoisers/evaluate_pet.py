"""Measure pet-diffuse on held-out phantoms: one sample, the mean of several, their spread.

    python evaluate_pet.py --pairs DIR --model DIR --out FILE.json

Runs the exported graphs in ONNX Runtime: DDIM over 8 evaluations. Of every phantom some slices, spread over its body.
NRMSE = rms(error) / rms(reference) inside the body, PSNR with the reference's maximum as the peak, both over the slices
of one phantom and then averaged over phantoms.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conditioning import dose_code  # noqa: E402
from diffusion import STEPS, levels  # noqa: E402
from patches import load_item  # noqa: E402

EVALUATIONS = 8


class Model:
    """The three graphs."""

    def __init__(self, folder: Path, denoiser: str):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        open_ = lambda name: onnxruntime.InferenceSession(folder / name, options, providers=["CPUExecutionProvider"])
        self.encoder, self.denoiser, self.decoder = open_("encoder.onnx"), open_(denoiser), open_("decoder.onnx")
        self.signal, self.noise = (part.numpy() for part in levels())

    def sample(self, condition: np.ndarray, seed: int) -> np.ndarray:
        """One image, normalised: DDIM without fresh noise at the trailing timesteps."""
        x = np.random.default_rng(seed).standard_normal((1, 1, *condition.shape[2:])).astype(np.float32)
        times = [round(STEPS - step * STEPS / EVALUATIONS) - 1 for step in range(EVALUATIONS)]
        for now, then in zip(times, [*times[1:], None]):
            given = {"x": x, "timestep": np.array([now], np.float32), "condition": condition}
            (v,) = self.denoiser.run(None, given)
            clean, drawn = self.signal[now] * x - self.noise[now] * v, self.noise[now] * x + self.signal[now] * v
            x = clean if then is None else self.signal[then] * clean + self.noise[then] * drawn
        return self.decoder.run(None, {"x": x, "condition": condition})[0][0, 0]


def phantom(model: Model, item: dict, which: int, count: int, slices: int) -> dict[str, float]:
    """The figures of one phantom at one dose."""
    scale = np.float32(item["scales"][which])
    inside = np.flatnonzero(item["body"].mean((1, 2)) > 0.05)
    chosen = inside[np.linspace(2, len(inside) - 3, slices).round().astype(int)]
    low = item["low"][which].astype(np.float32) / scale
    code = np.array([[dose_code(float(np.log2(1 / item["doses"][which])))]], np.float32)
    samples = []
    for z in chosen:
        given = low[None, z - 1 : z + 2]
        (condition,) = model.encoder.run(None, {"slices": given, "dose": code})
        samples.append([model.sample(condition, 1000 * z + n) for n in range(count)])
    samples = np.array(samples)
    body, truth = item["body"][chosen], item["standard"][chosen] / scale
    free = item["noise_free"][chosen] / scale
    error = lambda image, reference: float(np.sqrt(((image - reference)[body] ** 2).mean() / (reference[body] ** 2).mean()))
    psnr = lambda image: float(20 * np.log10(truth.max() / np.sqrt(((image - truth) ** 2).mean())))
    sharp = lambda image: float(np.abs(np.diff(image, axis=-1))[body[..., 1:]].mean())
    mean, first = samples.mean(1), samples[:, 0]
    return {
        "nrmse_input": error(low[chosen], truth), "nrmse_sample": error(first, truth), "nrmse_mean": error(mean, truth),
        "nrmse_mean_noise_free": error(mean, free), "psnr_input": psnr(low[chosen]), "psnr_sample": psnr(first),
        "psnr_mean": psnr(mean), "sharpness_standard": sharp(truth), "sharpness_sample": sharp(first),
        "sharpness_mean": sharp(mean),
        "spread_against_error": float(spearmanr(samples.std(1)[body], np.abs(mean - truth)[body]).statistic),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder that export_pet.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--slices", type=int, default=3, help="of each phantom")
    given = parser.parse_args()
    rows = []
    items = [load_item(path) for path in sorted((given.pairs / "test").glob("*.npz"))]
    for item, path in zip(items, sorted((given.pairs / "test").glob("*.npz"))):
        with np.load(path) as file:
            item["noise_free"] = file["noise_free"].astype(np.float32)
    for precision, denoiser in (("float32", "float32.onnx"), ("int8", "denoiser.onnx")):
        model = Model(given.model, denoiser)
        for which, dose in enumerate(items[0]["doses"]):
            figures = [phantom(model, item, which, given.samples, given.slices) for item in items]
            row = {"precision": precision, "dose": float(dose), "phantoms": len(items), "slices": given.slices,
                   "samples": given.samples} | {name: float(np.mean([one[name] for one in figures])) for name in figures[0]}
            rows.append(row)
            print(json.dumps(row), flush=True)
    given.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
