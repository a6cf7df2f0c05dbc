"""Train pet-diffuse on simulated pairs.

    python -m denoisers.pet.train --pairs DIR --out DIR --minutes 60
"""

from pathlib import Path

import numpy as np
import torch

from conditioning import dose_code
from denoisers.loop import arguments, train
from denoisers.pet.model import CONDITION, Encode, residual
from denoisers.unet import Denoiser
from patches import load_item

LEVELS = (24, 32, 48)


def network() -> Denoiser:
    """The denoiser of pet-diffuse. Slices are large, so it has no attention: its condition says what is where."""
    return Denoiser(1, LEVELS, condition=CONDITION, attention=False)


class Slices:
    """Random squares of slices with their neighbours, dose and standard-dose slice, mostly inside the body."""

    def __init__(self, folder: Path, size: int, seed: int):
        self.items = [load_item(path) for path in sorted(folder.glob("*.npz"))]
        self.size, self.rng, self.encode = size, np.random.default_rng(seed), Encode()

    def one(self) -> tuple[np.ndarray, float, np.ndarray]:
        """(low slices, code of the dose, standard slice), normalised."""
        rng, size = self.rng, self.size
        item = self.items[rng.integers(len(self.items))]
        which = rng.integers(len(item["doses"]))
        depth, height, width = item["standard"].shape
        for _ in range(8):
            z = rng.integers(1, depth - 1)
            y, x = rng.integers(0, max(height - size, 0) + 1), rng.integers(0, max(width - size, 0) + 1)
            cut = (slice(y, y + size), slice(x, x + size))
            if item["body"][z][cut].mean() > 0.3:
                break
        scale = np.float32(item["scales"][which])
        low = item["low"][which][(slice(z - 1, z + 2), *cut)].astype(np.float32) / scale
        standard = item["standard"][z][cut] / scale
        low, standard = (np.pad(a, [(0, 0)] * (a.ndim - 2) + [(0, size - n) for n in a.shape[-2:]]) for a in (low, standard))
        if rng.random() < 0.5:
            low = low[::-1]
        axes = [axis for axis in (-2, -1) if rng.random() < 0.5]
        log_dose = np.log2(1 / item["doses"][which]) + rng.normal(0, 0.2)
        return np.flip(low, axes), dose_code(float(np.clip(log_dose, 0, np.log2(20)))), np.flip(standard, axes)

    def batch(self, count: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Clean residuals and their conditions."""
        low, code, standard = zip(*(self.one() for _ in range(count)))
        stack = lambda parts: torch.from_numpy(np.ascontiguousarray(np.stack(parts), np.float32))
        low, code, standard = stack(low), stack(code)[:, None], stack(standard)[:, None]
        return residual(standard, self.encode.smooth(low)), {"condition": self.encode(low, code)}


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, help="folder that simulate.py wrote")
    parser.add_argument("--patch", type=int, default=64, help="edge of a training square, a multiple of 8")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    slices = Slices(given.pairs / "train", given.patch, given.seed)
    train(network(), slices.batch, given)


if __name__ == "__main__":
    main()
