"""The training loop of all denoisers: on a GPU if there is one, resumed from its last checkpoint, weights averaged."""

import argparse
import math
import time
from pathlib import Path

import torch

from denoisers.diffusion import loss


def arguments(description: str) -> argparse.ArgumentParser:
    """What every recipe takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="train in bfloat16, weights and loss in float32")
    return parser


def train(network: torch.nn.Module, batch, given: argparse.Namespace, objective=loss) -> dict:
    """Trains on `batch(count)`, which gives clean images and what else the network takes, for the minutes given.

    `objective(network, clean, generator, **others)` is minimised; it is the diffusion's loss unless told otherwise.
    Returns the averaged weights. The time used counts over all resumptions; the rate falls with it along a cosine.
    """
    torch.set_num_threads(given.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=given.rate, weight_decay=1e-4)
    given.out.mkdir(parents=True, exist_ok=True)
    checkpoint = given.out / "checkpoint.pt"
    used, step, average, running = 0.0, 0, None, None
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        used, step, average = state["seconds"], state["step"], state["average"]
    generator = torch.Generator().manual_seed(given.seed + step)
    last = time.monotonic()
    while used < 60 * given.minutes:
        share = used / (60 * given.minutes)
        for group in optimiser.param_groups:
            group["lr"] = given.rate * min(1.0, (step + 1) / 200) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * share))
        clean, others = batch(given.batch)
        others = {name: part.to(device) for name, part in others.items()}
        with torch.autocast(device, torch.bfloat16, enabled=given.half):
            value = objective(network, clean.to(device), generator, **others)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if average is None:
            average = {name: part.clone() for name, part in network.state_dict().items()}
        # The average is short at first, so that the random weights of the beginning leave it.
        keep = min(0.999, (1 + step) / (10 + step))
        for name, part in network.state_dict().items():
            average[name].lerp_(part, 1 - keep)
        step += 1
        now = time.monotonic()
        used, last = used + now - last, now
        running = value.item() if running is None else 0.99 * running + 0.01 * value.item()
        if step % 100 == 0:
            print(f"{step} steps on {device}, {used / 60:.1f} min, loss {running:.4f}", flush=True)
            partial = checkpoint.with_suffix(".partial")
            torch.save({"network": network.state_dict(), "optimiser": optimiser.state_dict(), "seconds": used,
                        "step": step, "average": average}, partial)
            partial.rename(checkpoint)
    torch.save(average, given.out / "denoiser.pt")
    return average
