"""The pipeline around the network, as the app runs it: normalise, condition, run, undo, keep means and contrast."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from conditioning import dose_code, foreground_scale, region_channels

MEAN_SIGMA_MM = 12.0  # of the Gaussian that keeps local means; model.json tells the app


def keep_means(image, result, voxel_mm):
    """y + G * (x - y), not below 0: what the network changed on wide scales is taken back."""
    sigma = MEAN_SIGMA_MM / np.array(voxel_mm)
    return np.maximum(result + gaussian_filter(image - result, sigma, mode="nearest"), 0)


@dataclass(frozen=True)
class Recovery:
    """Where, and how closely, small structures keep the counts they were measured with; `contrast_recovery` in model.json.

    Widths are standard deviations; `from_` and `full` are contrasts; `floor` is a part of the foreground's mean.
    """
    sigma_mm: float = 4.0
    blob_mm: float = 3.0
    around_mm: float = 8.0
    from_: float = 0.4
    full: float = 0.6
    floor: float = 0.02
    passes: int = 3

    def manifest(self) -> dict:
        return {name.rstrip("_"): value for name, value in vars(self).items()}


def recover_contrast(image, result, voxel_mm, scale: float, how: Recovery):
    """Give back what was taken from structures that the result itself shows.

    c = (B * y - S * y) / (S * y + floor scale), the contrast of a blob, with the Gaussians of `blob_mm` and `around_mm`;
    w = clamp((c - from) / (full - from), 0, 1); then `passes` times y <- max(y + w G * (x - y), 0). Where nothing shows
    (w = 0) nothing moves, so noise makes no lesion. The app's Rust core has the twin.
    """
    def blurred(values, sigma_mm):
        return gaussian_filter(values, sigma_mm / np.array(voxel_mm), mode="nearest")

    around = blurred(result, how.around_mm)
    contrast = (blurred(result, how.blob_mm) - around) / (around + how.floor * scale)
    weight = np.clip((contrast - how.from_) / (how.full - how.from_), 0, 1)
    for _ in range(how.passes):
        result = np.maximum(result + weight * blurred(image - result, how.sigma_mm), 0)
    return result


class Enhancer:
    """A network, given as a function of `pet` and `regions` (both 5D), with the pipeline around it."""

    def __init__(self, run, recovery: Recovery | None = Recovery()):
        self.run, self.recovery = run, recovery

    @classmethod
    def from_onnx(cls, path: Path, recovery: Recovery | None = Recovery()) -> "Enhancer":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return cls(lambda pet, regions: session.run(None, {"pet": pet, "regions": regions})[0], recovery)

    @classmethod
    def from_net(cls, net) -> "Enhancer":
        """A generator in evaluation mode."""
        import torch

        def run(pet, regions):
            with torch.no_grad():
                return net(torch.from_numpy(pet), torch.from_numpy(regions)).numpy()

        return cls(run)

    def __call__(self, image: np.ndarray, voxel_mm, log_dose: float, labels: np.ndarray | None = None) -> np.ndarray:
        scale = foreground_scale(image)
        padding = [(0, -n % 4) for n in image.shape]
        pet = np.pad((image / scale).astype(np.float32), padding)
        labels = None if labels is None else np.pad(labels, padding)
        regions = region_channels(labels, pet.shape, dose_code(log_dose))
        result = self.run(pet[None, None], regions[None])[0, 0]
        result = np.maximum(result[tuple(slice(0, n) for n in image.shape)] * scale, 0)
        result = keep_means(image, result, voxel_mm)
        if self.recovery is None:
            return result
        return recover_contrast(image, result, voxel_mm, scale, self.recovery)
