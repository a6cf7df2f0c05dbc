"""Measure pet-diffuse on held-out phantoms: one sample, the mean of several, their spread, the one-pass model beside them.

    python -m denoisers.pet.evaluate --pairs DIR --model DIR --out FILE.json

Runs the exported graphs in ONNX Runtime: DDIM over 8 evaluations. Of every phantom some slices, spread over its body.
NRMSE = rms(error) / rms(reference) and PSNR, whose peak is the reference's maximum, inside the body over the slices of
one phantom; then averaged over phantoms. Noise is the standard deviation of an image's difference from its Gaussian of
1.5 pixels, relative to the body's mean; its texture is the correlation of that difference between neighbouring pixels.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr

from conditioning import dose_code
from denoisers.diffusion import levels
from denoisers.graphs import session, trailing
from enhancer import Enhancer
from patches import load_item

EVALUATIONS = 8
ONE_PASS = Path(__file__).resolve().parents[3] / "weights/pet-enhance"


class Model:
    """The three graphs."""

    def __init__(self, folder: Path, denoiser: str):
        self.encoder, self.denoiser, self.decoder = (
            session(folder / name) for name in ("encoder.onnx", denoiser, "decoder.onnx"))
        self.signal, self.noise = (part.numpy() for part in levels())

    def sample(self, condition: np.ndarray, seed: int) -> np.ndarray:
        """One image, normalised: DDIM without fresh noise at the trailing timesteps."""
        x = np.random.default_rng(seed).standard_normal((1, 1, *condition.shape[2:])).astype(np.float32)
        times = trailing(EVALUATIONS)
        for now, then in zip(times, [*times[1:], None]):
            given = {"x": x, "timestep": np.array([now], np.float32), "condition": condition}
            (v,) = self.denoiser.run(None, given)
            clean, drawn = self.signal[now] * x - self.noise[now] * v, self.noise[now] * x + self.signal[now] * v
            x = clean if then is None else self.signal[then] * clean + self.noise[then] * drawn
        return self.decoder.run(None, {"x": x, "condition": condition})[0][0, 0]


def look(image: np.ndarray, reference: np.ndarray, body: np.ndarray) -> dict[str, float]:
    """An image's distance from a reference, and what it looks like; all (slices, h, w)."""
    square = float(((image - reference)[body] ** 2).mean())
    fine = image - gaussian_filter(image, (0, 1.5, 1.5))
    pairs = body[..., 1:] & body[..., :-1]
    return {
        "nrmse": float(np.sqrt(square / (reference[body] ** 2).mean())),
        "psnr": float(20 * np.log10(reference[body].max() / np.sqrt(square))),
        "sharpness": float(np.abs(np.diff(image, axis=-1))[pairs].mean()),
        "noise": float(fine[body].std() / image[body].mean()),
        "texture": float(np.corrcoef(fine[..., 1:][pairs], fine[..., :-1][pairs])[0, 1]),
    }


def phantom(model: Model, one_pass: Enhancer, item: dict, which: int, count: int, slices: int) -> dict[str, dict]:
    """The figures of one phantom at one dose, by image."""
    scale, log_dose = np.float32(item["scales"][which]), float(np.log2(1 / item["doses"][which]))
    inside = np.flatnonzero(item["body"].mean((1, 2)) > 0.05)
    chosen = inside[np.linspace(2, len(inside) - 3, slices).round().astype(int)]
    low = item["low"][which].astype(np.float32) / scale
    code = np.array([[dose_code(log_dose)]], np.float32)
    samples = []
    for z in chosen:
        (condition,) = model.encoder.run(None, {"slices": low[None, z - 1 : z + 2], "dose": code})
        samples.append([model.sample(condition, 1000 * z + n) for n in range(count)])
    samples = np.array(samples)
    body, truth, free = (item[name][chosen] for name in ("body", "standard", "noise_free"))
    truth, free = truth / scale, free / scale
    mean = samples.mean(1)
    images = {"input": low[chosen], "sample": samples[:, 0], "mean": mean,
              "one-pass": one_pass(low, item["voxel_mm"], log_dose)[chosen], "standard": truth}
    figures = {name: look(image, truth, body) for name, image in images.items() if name != "standard"}
    figures["standard"] = {name: value for name, value in look(truth, free, body).items() if name not in ("nrmse", "psnr")}
    for name, image in images.items():
        figures[name]["nrmse_noise_free"] = look(image, free, body)["nrmse"]
    figures["spread"] = {"rank_correlation": float(spearmanr(samples.std(1)[body], np.abs(mean - truth)[body]).statistic)}
    return figures


def averaged(all_: list[dict[str, dict]]) -> dict[str, dict]:
    return {image: {name: float(np.mean([one[image][name] for one in all_])) for name in figures}
            for image, figures in all_[0].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--slices", type=int, default=3, help="of each phantom")
    given = parser.parse_args()
    rows, one_pass = [], Enhancer.from_onnx(ONE_PASS / "pet-enhance.onnx")
    version = json.loads((ONE_PASS / "model.json").read_text())["version"]
    items = []
    for path in sorted((given.pairs / "test").glob("*.npz")):
        with np.load(path) as file:
            items.append(load_item(path) | {"noise_free": file["noise_free"].astype(np.float32),
                                            "voxel_mm": file["voxel_mm"]})
    for precision, denoiser in (("float32", "float32.onnx"), ("int8", "denoiser.onnx")):
        model = Model(given.model, denoiser)
        for which, dose in enumerate(items[0]["doses"]):
            figures = averaged([phantom(model, one_pass, item, which, given.samples, given.slices) for item in items])
            row = {"precision": precision, "dose": float(dose), "phantoms": len(items), "slices": given.slices,
                   "samples": given.samples, "one_pass_version": version} | figures
            rows.append(row)
            print(json.dumps(row), flush=True)
            given.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
