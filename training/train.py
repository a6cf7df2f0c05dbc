"""Train the generator on simulated pairs.

    python train.py --pairs DIR --out DIR --minutes 60

Runs on one CPU core at the size `small` or on a GPU at the size `full`. Checkpoints every few minutes and
resumes from the last one. BatchNorm statistics are frozen for the last quarter, so that the weights settle
with the statistics that inference uses. Each part of the recipe has a switch; `ablate.py` turns them.
"""

import argparse
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from conditioning import DOSE, UNKNOWN
from losses import Weights, activity_weight, loss_of
from network import SIZES, Generator
from patches import PatchSampler


@dataclass(frozen=True)
class Recipe:
    """The switches of one training."""

    size: str = "small"  # of network.SIZES
    patch: int = 40  # voxels a side
    batch: int = 2
    rate: float = 2e-3
    clean: bool = True  # noise-free target and own counts kept by the graph; else the standard dose is the target
    regions: bool = True  # the mask reaches the region-adaptive normalisation
    dose: bool = True  # the dose reaches it
    weights: Weights = field(default_factory=Weights)
    frozen: bool = False  # keep the statistics of the weights that training starts from
    half: bool = False  # convolutions in bfloat16 while training: twice as fast where the processor has it
    seed: int = 1


def freeze_statistics(net: nn.Module) -> None:
    for module in net.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eval()


def hide_conditions(regions: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """The conditions as a recipe without mask or without dose sees them: unknown tissue, standard dose."""
    hidden = regions.clone()
    if not recipe.regions:
        hidden[:, :UNKNOWN], hidden[:, UNKNOWN] = 0, 1
    if not recipe.dose:
        hidden[:, DOSE] = 0
    return hidden


class Trainer:
    """One training in progress: network, optimiser, running average of the weights, progress."""

    def __init__(self, recipe: Recipe, sampler: PatchSampler, device: str):
        torch.manual_seed(recipe.seed)
        self.recipe, self.sampler, self.device = recipe, sampler, device
        # Without a dose the graph cannot know which part of the counts is at hand.
        self.net = Generator(SIZES[recipe.size], own_counts=recipe.clean and recipe.dose)
        self.net = self.net.to(device, memory_format=torch.channels_last_3d)
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=recipe.rate)
        self.step, self.seconds, self.average = 0, 0.0, None

    def take_over(self, weights: dict) -> int:
        """Takes the layers of an earlier network that fit; returns how many."""
        own = self.net.state_dict()
        fitting = {name: value for name, value in weights.items() if name in own and value.shape == own[name].shape}
        self.net.load_state_dict(own | fitting)
        return len(fitting)

    def advance(self, share: float) -> tuple[float, float]:
        """One step, `share` of the training being done; returns the loss and that of the untouched image."""
        recipe = self.recipe
        self.net.train()
        if self.recipe.frozen or share > 0.75:
            freeze_statistics(self.net)
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * min(1.0, (self.step + 1) / 100) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * share))
        batch = self.sampler.batch(recipe.batch, self.device)
        target = batch["clean"] if recipe.clean else batch["standard"]
        with torch.autocast(self.device, torch.bfloat16, enabled=recipe.half):
            output = self.net.estimate(batch["low"], hide_conditions(batch["regions"], recipe))
        loss = loss_of(output, target, batch, recipe.weights)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        self.follow()
        with torch.no_grad():
            weight = activity_weight(batch["low"])
            ours, untouched = ((weight * (image - target).square()).mean().item() for image in (output, batch["low"]))
        return ours, untouched

    def follow(self) -> None:
        """An exponential average of the weights: what is exported."""
        state = self.net.state_dict()
        if self.average is None:
            self.average = {name: value.clone() for name, value in state.items()}
        for name, value in state.items():
            if value.is_floating_point():
                self.average[name].lerp_(value, max(0.005, 1 / (self.step + 10)))

    def averaged(self) -> Generator:
        """The averaged network, ready to run."""
        net = Generator(self.net.widths, self.net.own_counts)
        net.load_state_dict({name: value.cpu() for name, value in self.average.items()})
        return net.eval()

    def kept(self, start: dict, share: float) -> dict:
        """The averaged weights, with `share` of those that training started from.

        Between a network and what it was fine-tuned to lie networks that do better on data unlike the
        training's than either (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
        """
        average = {name: value.clone() for name, value in self.average.items()}
        for name, value in start.items():
            if name in average and value.is_floating_point() and value.shape == average[name].shape:
                average[name].lerp_(value.to(average[name].device), share)
        return average

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save({"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "seconds": self.seconds,
                    "step": self.step, "average": self.average, "widths": self.net.widths,
                    "own_counts": self.net.own_counts}, partial)
        partial.rename(path)

    def resume(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device)
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds, self.average = state["step"], state["seconds"], state["average"]
        self.sampler.reseed(self.recipe.seed + self.step)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+", help="folders that simulate.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--warm", type=Path, help="weights to start from: pretrain.py's or a checkpoint's")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--size", choices=SIZES, help="default: full on a GPU, small on a CPU")
    parser.add_argument("--patch", type=int, default=40)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--target", choices=("clean", "standard"), default="clean")
    parser.add_argument("--no-regions", action="store_true")
    parser.add_argument("--no-dose", action="store_true")
    parser.add_argument("--lesions", type=float, default=8.0)
    parser.add_argument("--means", type=float, default=0.05)
    parser.add_argument("--structure", type=float, default=0.0)
    parser.add_argument("--evenness", type=float, default=0.0)
    parser.add_argument("--keep", type=float, default=0.0, help="share of --warm's weights in the result, 0 to 1")
    parser.add_argument("--frozen", action="store_true", help="keep the statistics of --warm")
    parser.add_argument("--half", action="store_true", help="train in bfloat16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = arguments.size or ("full" if device == "cuda" else "small")
    recipe = Recipe(size, arguments.patch, arguments.batch, arguments.rate, arguments.target == "clean",
                    not arguments.no_regions, not arguments.no_dose,
                    Weights(arguments.lesions, arguments.means, arguments.structure, arguments.evenness),
                    arguments.frozen, arguments.half, arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.out / "checkpoint.pt"
    sampler = PatchSampler([folder / "train" for folder in arguments.pairs], recipe.patch, recipe.seed)
    trainer = Trainer(recipe, sampler, device)
    earlier = torch.load(arguments.warm, map_location=device) if arguments.warm else {}
    start = earlier.get("average", earlier)
    if checkpoint.exists():
        trainer.resume(checkpoint)
    elif arguments.warm:
        print(f"{trainer.take_over(start)} layers taken over from {arguments.warm}")
    print(f"{device}, size {size}, {recipe}", flush=True)
    sampler.refresh()
    budget, last, running = 60 * arguments.minutes, time.monotonic(), None
    while trainer.seconds < budget:
        ours, untouched = trainer.advance(trainer.seconds / budget)
        now = time.monotonic()
        trainer.seconds, last = trainer.seconds + now - last, now
        running = ours / untouched if running is None else 0.98 * running + 0.02 * ours / untouched
        if trainer.step % 100 == 0:
            print(f"{trainer.step} steps, {trainer.seconds / 60:.1f} min, {sampler.refresh()} items, "
                  f"squared error / untouched {running:.4f}", flush=True)
            trainer.save(checkpoint)
    average = trainer.kept(start, arguments.keep) if arguments.keep else trainer.average
    # A network trained on before brings its steps and its time along.
    torch.save({"average": average, "widths": trainer.net.widths, "own_counts": trainer.net.own_counts,
                "steps": trainer.step + earlier.get("steps", 0), "seconds": trainer.seconds + earlier.get("seconds", 0.0),
                "device": "a GPU" if device == "cuda" else "one CPU core"},
               arguments.out / "generator.pt")


if __name__ == "__main__":
    main()
