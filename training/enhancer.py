"""The pipeline around the network, as the app runs it: normalise, condition, run, undo, keep the means."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from conditioning import dose_code, foreground_scale, region_channels

MEAN_SIGMA_MM = 12.0  # of the Gaussian that keeps local means; model.json tells the app


def keep_means(image, result, voxel_mm):
    """y + G * (x - y), not below 0: what the network changed on wide scales is taken back."""
    sigma = MEAN_SIGMA_MM / np.array(voxel_mm)
    return np.maximum(result + gaussian_filter(image - result, sigma, mode="nearest"), 0)


class Enhancer:
    """A network, given as a function of `pet` and `regions` (both 5D), with the pipeline around it."""

    def __init__(self, run):
        self.run = run

    @classmethod
    def from_onnx(cls, path: Path) -> "Enhancer":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return cls(lambda pet, regions: session.run(None, {"pet": pet, "regions": regions})[0])

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
        return keep_means(image, result, voxel_mm)
