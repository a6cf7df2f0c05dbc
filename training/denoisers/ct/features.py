"""The features that generated CT slices are judged by: a small encoder of our own, trained on the training slices.

    python -m denoisers.ct.features --data ../../shared/data --out FEATURES.pt

64 numbers of a slice, from which one linear layer names the region and a few convolutions redraw the slice at 32 x 32
pixels: what regions are told apart by, and how the slices of one region differ. Distances in these features cannot be
compared with published ones, which rest on ImageNet.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

from denoisers.ct.model import CLASSES, companded
from denoisers.ct.slices import Drawn
from denoisers.ct.volumes import load

NUMBERS, COARSE_PIXELS = 64, 32
STEPS, BATCH, RATE, SEED = 1500, 20, 2e-3, 5


class Features(nn.Module):
    """(n, 1, 128, 128) on the companded scale -> 64 numbers; `region` and `redraw` read them."""

    def __init__(self):
        super().__init__()
        halve = lambda before, after: nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU())
        widen = lambda before, after: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, 1, 1), nn.SiLU())
        self.encode = nn.Sequential(halve(1, 16), halve(16, 24), halve(24, 32), halve(32, 48), halve(48, 48), nn.Flatten(),
                                    nn.Linear(48 * 16, NUMBERS))
        self.region = nn.Linear(NUMBERS, len(CLASSES))
        self.redraw = nn.Sequential(nn.Linear(NUMBERS, 32 * 64), nn.Unflatten(1, (32, 8, 8)), widen(32, 24), widen(24, 16),
                                    nn.Conv2d(16, 1, 3, 1, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.encode(image)

    def loss(self, image: torch.Tensor, region: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of the region and squared error of the redrawn slice."""
        numbers = self(image)
        small = nn.functional.avg_pool2d(image, image.shape[-1] // COARSE_PIXELS)
        return nn.functional.cross_entropy(self.region(numbers), region) + 5 * (self.redraw(numbers) - small).square().mean()


class Judge:
    """Trained features, each divided by its deviation over the slices that `scale` was given."""

    def __init__(self, path: Path):
        self.network = Features()
        self.network.load_state_dict(torch.load(path, map_location="cpu"))
        self.network.eval()
        self.deviation = np.ones(NUMBERS, np.float32)

    @torch.no_grad()
    def numbers(self, hounsfield: np.ndarray) -> torch.Tensor:
        """The 64 numbers of slices (n, 128, 128)."""
        return self.network(torch.from_numpy(companded(hounsfield))[:, None])

    def scale(self, hounsfield: np.ndarray) -> np.ndarray:
        """Features of the slices that give every number unit deviation."""
        self.deviation = self.numbers(hounsfield).std(0).numpy()
        return self.features(hounsfield)

    def features(self, hounsfield: np.ndarray) -> np.ndarray:
        """(n, 64)."""
        return self.numbers(hounsfield).numpy() / self.deviation

    @torch.no_grad()
    def regions(self, hounsfield: np.ndarray) -> np.ndarray:
        """The most probable region of each slice."""
        return self.network.region(self.numbers(hounsfield)).argmax(1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    slices, network = Drawn(load(given.data), SEED), Features()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS)
    for step in range(1, STEPS + 1):
        images, regions = slices.images(BATCH)
        value = network.loss(torch.from_numpy(companded(images))[:, None], torch.from_numpy(regions))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"{step} steps, loss {value.item():.4f}", flush=True)
    torch.save(network.state_dict(), given.out)


if __name__ == "__main__":
    main()
