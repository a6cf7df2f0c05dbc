"""Train ct-generate on CT slices.

    python train_ct.py --data ../../../shared/data --out DIR --minutes 50
"""

import sys
from functools import partial
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ct import BANDS, CLASSES  # noqa: E402
from ct_slices import Drawn  # noqa: E402
from ct_volumes import load  # noqa: E402
from diffusion import loss  # noqa: E402
from loop import arguments, train  # noqa: E402
from unet import Denoiser  # noqa: E402

LEVELS = (48, 64, 96)
# How it is sampled where the user says nothing else: fresh noise mends what earlier steps got wrong.
SAMPLING_STEPS, ETA, GUIDANCE = 30, 1.0, 1.5
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
