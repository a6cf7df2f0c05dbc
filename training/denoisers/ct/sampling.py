"""Sample ct-generate's exported graphs as the app does: DDIM with fresh noise, guided without a classifier."""

from pathlib import Path

import numpy as np

from denoisers.ct.model import BANDS, BLOCK, BOUND, CLASSES, EDGE, HU
from denoisers.ct.train import ETA
from denoisers.diffusion import levels
from denoisers.graphs import session, trailing


class Sampler:
    """The graphs of one precision."""

    def __init__(self, folder: Path, denoiser: str, steps: int, guidance: float):
        self.denoiser, self.decoder = session(folder / denoiser), session(folder / "decoder.onnx")
        self.signal, self.noise = (part.numpy() for part in levels())
        self.times = trailing(steps)
        self.guidance = guidance

    def one(self, region: int, seed: int) -> np.ndarray:
        """CT numbers (128, 128) of a class and a seed."""
        rng = np.random.default_rng([region, seed])
        x = rng.standard_normal((1, BANDS, EDGE // BLOCK, EDGE // BLOCK), np.float32)
        label = np.array([len(CLASSES), region])
        for now, then in zip(self.times, [*self.times[1:], None]):
            pair = {"x": np.repeat(x, 2, 0), "timestep": np.full(2, now, np.float32), "label": label}
            without, with_class = self.denoiser.run(None, pair)[0]
            v = without + self.guidance * (with_class - without)
            signal, noise = self.signal[now], self.noise[now]
            clean, drawn = np.clip(signal * x - noise * v, -BOUND, BOUND), noise * x + signal * v
            if then is None:
                break
            # The posterior's deviation: with ETA 1 this is DDPM over the steps taken.
            fresh = ETA * self.noise[then] / noise * np.sqrt(1 - (signal / self.signal[then]) ** 2)
            x = self.signal[then] * clean + np.sqrt(self.noise[then] ** 2 - fresh**2) * drawn
            x += fresh * rng.standard_normal(x.shape, np.float32)
        image = self.decoder.run(None, {"x": clean})[0][0, 0]
        return (image + 1) / 2 * (HU[-1] - HU[0]) + HU[0]

    def many(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """So many images of each class, and their classes."""
        regions = np.repeat(np.arange(len(CLASSES)), count)
        return np.stack([self.one(region, n % count) for n, region in enumerate(regions)]), regions
