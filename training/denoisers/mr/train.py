"""Train mr-translate: the guess on synthetic brains, then on patients, then the denoiser of what it lacks.

    python -m denoisers.mr.synthetic --data DIR --out SYNTHETIC
    python -m denoisers.mr.train --data DIR --synthetic SYNTHETIC --out DIR --minutes 60 --half

A fifth of the minutes goes to the synthetic brains, the rest about evenly to the guess on patients and to the denoiser.
"""

import argparse
import copy
from pathlib import Path

import numpy as np
import torch

from denoisers.loop import arguments, train
from denoisers.mr.data import Squares, patients
from denoisers.mr.model import CONTRASTS, Encode, Guess, Translator, guess_loss, translator_loss

SHARES = {"synthetic": 0.2, "guess": 0.38, "denoiser": 0.42}
STILL_SYNTHETIC = 0.25  # of the squares that the guess is fine-tuned on


def stage(given: argparse.Namespace, name: str) -> argparse.Namespace:
    """The settings of one stage: its folder and its minutes."""
    part = copy.copy(given)
    part.out, part.minutes = given.out / name, given.minutes * SHARES[name]
    return part


class Residuals:
    """Conditions of a trained guess and one true contrast each."""

    def __init__(self, squares: Squares, guess: Guess, seed: int):
        self.squares, self.encode = squares, Encode(guess.eval())
        self.generator = torch.Generator().manual_seed(seed)

    @torch.no_grad()
    def batch(self, count: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        clean, given = self.squares.batch(count)
        label = torch.randint(len(CONTRASTS), (count,), generator=self.generator)
        return clean[torch.arange(count), label][:, None], {"condition": self.encode(given["slices"]), "label": label}


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--synthetic", type=Path, required=True, help="folder that synthetic.py wrote")
    parser.add_argument("--patch", type=int, default=64, help="edge of a training square, a multiple of 8")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    synthetic = [np.load(path) for path in sorted(given.synthetic.glob("*.npy"))]
    real = patients(given.data, "train")
    guess = Guess()
    average = train(guess, Squares(synthetic, given.patch, given.seed).batch, stage(given, "synthetic"), guess_loss)
    guess.load_state_dict(average)
    mixed = Squares(real, given.patch, given.seed + 1, synthetic, STILL_SYNTHETIC)
    average = train(guess, mixed.batch, stage(given, "guess"), guess_loss)
    guess.load_state_dict(average)
    residuals = Residuals(Squares(real, given.patch, given.seed + 2), guess.cpu(), given.seed)
    train(Translator(), residuals.batch, stage(given, "denoiser"), translator_loss)


if __name__ == "__main__":
    main()
