"""Unpaired self-supervision of encoder and decoder, the first stage of chapter 11.

    python pretrain.py --pairs DIR --out OUT/pretrained.pt --minutes 20

Two auto-encoders learn to restore their own input, one low-dose images, one standard-dose images, each
from patches of its own; no pair is seen. The encoder of the first and the decoder of the second are
then what `train.py --warm` starts from. Our skips would let an auto-encoder copy, so small cubes of the
input are hidden and only they count, in place of the chapter's plain copy and its adversary.
"""

import argparse
import time
from pathlib import Path

import torch
from torch.nn import functional as F

from losses import activity_weight
from network import SIZES, Generator
from patches import PatchSampler

CUBE = 4  # voxels: side of what is hidden
HIDDEN_SHARE = 0.25


def hide(image: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The image with random cubes replaced by their neighbourhood's mean, and where they are."""
    coarse = torch.rand(len(image), 1, *(n // CUBE for n in image.shape[2:]), generator=generator) < HIDDEN_SHARE
    hidden = F.interpolate(coarse.float(), scale_factor=CUBE, mode="nearest").to(image.device)
    around = F.avg_pool3d(image * (1 - hidden), 9, 1, 4) / F.avg_pool3d(1 - hidden, 9, 1, 4).clamp(min=0.05)
    return image * (1 - hidden) + around * hidden, hidden


class SelfSupervision:
    """The two auto-encoders in training."""

    def __init__(self, size: str, rate: float, seed: int, device: str = "cpu"):
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.nets = {name: Generator(SIZES[size], own_counts=False).to(device) for name in ("low", "standard")}
        self.optimisers = {name: torch.optim.Adam(net.parameters(), lr=rate) for name, net in self.nets.items()}

    def advance(self, sampler: PatchSampler, batch: int, device: str = "cpu") -> dict[str, float]:
        """One step of both; returns their losses."""
        losses = {}
        for name, net in self.nets.items():
            patches = sampler.batch(batch, device)
            masked, hidden = hide(patches[name], self.generator)
            error = (net.estimate(masked, patches["regions"]) - patches[name]) * hidden
            loss = (activity_weight(patches["low"]) * error.square()).sum() / hidden.sum().clamp(min=1)
            self.optimisers[name].zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            self.optimisers[name].step()
            losses[name] = loss.item()
        return losses

    def start(self) -> dict[str, torch.Tensor]:
        """Encoder of low dose, decoder of standard dose: the paired stage starts here."""
        parts = (("low", "encoder."), ("standard", "decoder."))
        return {key: value for name, prefix in parts for key, value in self.nets[name].state_dict().items()
                if key.startswith(prefix)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--size", choices=SIZES, help="default: full on a GPU, small on a CPU")
    parser.add_argument("--patch", type=int, default=40)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sampler = PatchSampler([folder / "train" for folder in arguments.pairs], arguments.patch, arguments.seed)
    sampler.refresh()
    stage = SelfSupervision(arguments.size or ("full" if device == "cuda" else "small"), arguments.rate,
                            arguments.seed, device)
    steps, until = 0, time.monotonic() + 60 * arguments.minutes
    while time.monotonic() < until:
        losses = stage.advance(sampler, arguments.batch, device)
        steps += 1
        if steps % 100 == 0:
            print(f"{steps} steps, " + ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items()), flush=True)
    torch.save(stage.start(), arguments.out)


if __name__ == "__main__":
    main()
