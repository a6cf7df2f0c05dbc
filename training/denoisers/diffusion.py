"""Noise levels, what the network predicts, and its loss; the samplers are in `crates/sampling`.

x_t = a_t x_0 + s_t e with a_t^2 + s_t^2 = 1, a_t^2 the cosine schedule of Nichol and Dhariwal (2021, equation 17) with
their clip of beta at 0.999. The network predicts v = a_t e - s_t x_0 (Salimans and Ho 2022), weighted as they do.
"""

import math

import torch

STEPS = 1000


def levels(steps: int = STEPS, offset: float = 0.008) -> tuple[torch.Tensor, torch.Tensor]:
    """(a_t, s_t) of every timestep 0 .. steps - 1."""
    share = torch.arange(steps + 1, dtype=torch.float64) / steps
    curve = torch.cos((share + offset) / (1 + offset) * math.pi / 2).square()
    betas = (1 - curve[1:] / curve[:-1]).clamp(max=0.999)
    kept = torch.cumprod(1 - betas, 0)
    return kept.sqrt().float(), (1 - kept).sqrt().float()


def loss(network, clean: torch.Tensor, generator: torch.Generator, weights=None, **given) -> torch.Tensor:
    """Mean squared error of v at random timesteps, spread evenly over the batch so that its noise is small.

    `weights` say how much each value's error counts: a tensor, or a function of (a_t, s_t) that gives one; without them
    all count alike.
    """
    signal, noise = (part.to(clean.device) for part in levels())
    count = clean.shape[0]
    # In random order, since batches have an order of their own: a class must not always meet the same noise.
    spread = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    timestep = (spread * STEPS).long().clamp(max=STEPS - 1).to(clean.device)
    a, s = (part[timestep][:, None, None, None] for part in (signal, noise))
    drawn = torch.randn(clean.shape, generator=generator).to(clean.device)
    predicted = network(a * clean + s * drawn, timestep.float(), **given)
    errors = (predicted - (a * drawn - s * clean)).square()
    if callable(weights):
        weights = weights(a, s)
    return (errors if weights is None else errors * weights.to(errors.device)).mean()


@torch.no_grad()
def ddim(network, start: torch.Tensor, evaluations: int, **given) -> torch.Tensor:
    """Deterministic DDIM (Song et al. 2021) from `start`; for looking at a model while it trains."""
    signal, noise = (part.to(start.device) for part in levels())
    times = torch.linspace(STEPS - 1, 0, evaluations).round().long().tolist()
    x = start
    for now, then in zip(times, [*times[1:], None]):
        v = network(x, torch.full((len(x),), float(now), device=x.device), **given)
        clean, drawn = signal[now] * x - noise[now] * v, noise[now] * x + signal[now] * v
        x = clean if then is None else signal[then] * clean + noise[then] * drawn
    return x
