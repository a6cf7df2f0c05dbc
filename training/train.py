"""Train the generator on simulated pairs.

    python train.py --pairs DIR --out DIR --minutes 60

Checkpoints every few minutes and resumes from the last one. BatchNorm statistics are frozen for the
last quarter, so that the weights settle with the statistics that inference uses.
"""

import argparse
import math
import time
from pathlib import Path

import torch
from torch import nn

from network import Generator
from patches import PatchSampler


def loss_of(output, standard, low):
    """Squared error, softened where activity is high so that hot organs do not drown the rest.

    The weight depends on the low-dose image's neighbourhood only, so the minimiser stays the
    conditional mean: it does not trade bias for noise.
    """
    smooth = nn.functional.avg_pool3d(low, 5, 1, 2, count_include_pad=False)
    weight = 1 / (0.3 + smooth.clamp(min=0))
    return (weight * (output - standard).square()).mean()


def freeze_statistics(net: nn.Module) -> None:
    for module in net.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, help="folder that simulate.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--warm", type=Path, help="checkpoint of an earlier run; layers that fit are taken over")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--patch", type=int, default=40)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    checkpoint = arguments.out / "checkpoint.pt"

    net = Generator()
    if arguments.warm:
        earlier, own = torch.load(arguments.warm)["average"], net.state_dict()
        fitting = {name: value for name, value in earlier.items() if name in own and value.shape == own[name].shape}
        net.load_state_dict(own | fitting)
    optimiser = torch.optim.Adam(net.parameters(), lr=arguments.rate)
    used, step, average = 0.0, 0, None
    if checkpoint.exists():
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        used, step, average = state["seconds"], state["step"], state["average"]
    sampler = PatchSampler(arguments.pairs / "train", arguments.patch, arguments.seed + step)
    sampler.refresh()
    budget = 60 * arguments.minutes
    last, running = time.monotonic(), None
    while used < budget:
        share = used / budget
        net.train()
        if share > 0.75:
            freeze_statistics(net)
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * min(1.0, (step + 1) / 100) * max(0.01, 0.5 + 0.5 * math.cos(math.pi * share))
        low, regions, standard = sampler.batch(arguments.batch)
        loss = loss_of(net(low, regions), standard, low)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        # An exponential average of the weights: what is exported.
        if average is None:
            average = {name: value.clone() for name, value in net.state_dict().items()}
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                average[name].lerp_(value, 0.005)
        step += 1
        now = time.monotonic()
        used, last = used + now - last, now
        ratio = (loss / loss_of(low, standard, low)).item()
        running = ratio if running is None else 0.98 * running + 0.02 * ratio
        if step % 100 == 0:
            count = sampler.refresh()
            print(f"{step} steps, {used / 60:.1f} min, {count} items, loss / untouched {running:.4f}", flush=True)
            torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "seconds": used,
                        "step": step, "average": average}, checkpoint.with_suffix(".partial"))
            checkpoint.with_suffix(".partial").rename(checkpoint)
    torch.save(average, arguments.out / "generator.pt")


if __name__ == "__main__":
    main()
