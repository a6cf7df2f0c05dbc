"""Train ct-generate on CT slices.

    python -m denoisers.ct.train --data ../../shared/data --out DIR --minutes 50
"""

from functools import partial
from pathlib import Path

import torch

from denoisers.ct.model import BANDS, CLASSES
from denoisers.ct.slices import Drawn
from denoisers.ct.volumes import load
from denoisers.diffusion import loss
from denoisers.loop import arguments, train
from denoisers.unet import Denoiser

LEVELS = (48, 64, 96)
# How it is sampled where the user says nothing else: fresh noise mends what earlier steps got wrong.
SAMPLING_STEPS, ETA, GUIDANCE = 30, 1.0, 1.0
# The coarse band says what is where, yet it is one of sixteen: it counts for more than a third of the loss.
IMPORTANCE = torch.tensor([6.0] + 3 * [1.5] + 12 * [0.5])[:, None, None]


def network() -> Denoiser:
    """The denoiser of ct-generate."""
    return Denoiser(BANDS, LEVELS, classes=len(CLASSES))


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    train(network(), Drawn(load(given.data), given.seed).batch, given, partial(loss, weights=IMPORTANCE))


if __name__ == "__main__":
    main()
