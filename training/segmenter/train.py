"""Train the segmenter of pet-enhance on simulated pairs.

    python -m segmenter.train --pairs DIR... --out DIR --minutes 40 --batch 2 --rate 2e-3 --half
"""

from pathlib import Path

import torch

from denoisers.loop import arguments, train
from segmenter.model import Segmenter
from segmenter.samples import Samples

RARE = 8.0  # how much more a voxel of a tissue counts than one of none


def objective(network, shares: torch.Tensor, generator, pet: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with the labels' shares, and soft Dice of each tissue over the batch (Milletari et al. 2016)."""
    logits = network(pet).float()
    logs = torch.log_softmax(logits, 1)
    weights = torch.full((shares.shape[1],), RARE)
    weights[0] = 1
    weighted = shares * weights.view(1, -1, 1, 1, 1)
    entropy = -(weighted * logs).sum() / weighted.sum()
    found, axes = logs.exp(), (0, 2, 3, 4)
    overlap, size = (found * shares).sum(axes), (found + shares).sum(axes)
    dice = (2 * overlap + 50) / (size + 50)  # of cells; where there is no such tissue, none should be found
    return entropy + (1 - dice[1:]).mean()


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+", help="folders that simulate.py wrote")
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    net = Segmenter().to(memory_format=torch.channels_last_3d)
    train(net, Samples(given.pairs, given.seed).batch, given, objective)


if __name__ == "__main__":
    main()
