"""The denoiser: a two-dimensional U-Net that is told a noise level, a class and a condition image.

Convolutions of 3x3, group norm, SiLU, residual blocks of two convolutions (Ho et al. 2020, appendix B), self-attention
at the lowest resolution only. Small on purpose: it runs many times on a visitor's GPU.
"""

import math

import torch
from torch import nn

GROUPS = 8


class TimeEmbedding(nn.Module):
    """Sines and cosines of the timestep over a geometric series of periods, then two linear layers."""

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("rates", torch.exp(-math.log(10_000) * torch.arange(width // 2) / (width // 2)))
        self.layers = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, timestep: torch.Tensor) -> torch.Tensor:
        phase = timestep[:, None] * self.rates
        return self.layers(torch.cat([phase.sin(), phase.cos()], 1))


class Block(nn.Module):
    """Two convolutions around which the signal also passes unchanged; the embedding shifts it in between."""

    def __init__(self, channels_in: int, channels: int, width: int):
        super().__init__()
        self.first = nn.Sequential(nn.GroupNorm(GROUPS, channels_in), nn.SiLU(), nn.Conv2d(channels_in, channels, 3, padding=1))
        self.shift = nn.Sequential(nn.SiLU(), nn.Linear(width, channels))
        self.second = nn.Sequential(nn.GroupNorm(GROUPS, channels), nn.SiLU(), nn.Conv2d(channels, channels, 3, padding=1))
        self.around = nn.Conv2d(channels_in, channels, 1) if channels_in != channels else nn.Identity()
        # The block begins as the identity, which steadies the first steps.
        nn.init.zeros_(self.second[-1].weight)

    def forward(self, x: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
        y = self.first(x) + self.shift(embedding)[:, :, None, None]
        return self.around(x) + self.second(y)


class Attention(nn.Module):
    """Self-attention of one head over all pixels."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.parts = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        query, key, value = self.parts(self.norm(x)).reshape(batch, 3, 1, channels, -1).transpose(-1, -2).unbind(1)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        return x + self.out(mixed.transpose(-1, -2).reshape(batch, channels, height, width))


class Denoiser(nn.Module):
    """(x, timestep, condition or class) -> what the noise schedule's prediction asks for, in x's shape.

    `levels` are the channels of each resolution. A class of `classes` means none, for guidance without a classifier
    (Ho and Salimans 2022); `condition` counts the channels of an image that is given beside x.
    """

    def __init__(self, channels: int, levels: tuple[int, ...], condition: int = 0, classes: int = 0, attention: bool = True):
        super().__init__()
        width = 4 * levels[0]
        self.time = TimeEmbedding(width)
        self.classes = nn.Embedding(classes + 1, width) if classes else None
        self.enter = nn.Conv2d(channels + condition, levels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = levels[0]
        for level in levels:
            self.down.append(nn.ModuleList([Block(before, level, width), nn.Conv2d(level, level, 3, 2, 1)]))
            before = level
        self.middle = Block(before, before, width)
        self.attention = Attention(before) if attention else nn.Identity()
        for level in reversed(levels):
            self.up.append(nn.ModuleList([nn.Conv2d(before, level, 3, padding=1), Block(2 * level, level, width)]))
            before = level
        self.leave = nn.Sequential(nn.GroupNorm(GROUPS, before), nn.SiLU(), nn.Conv2d(before, channels, 3, padding=1))
        nn.init.zeros_(self.leave[-1].weight)

    def forward(self, x, timestep, condition=None, label=None):
        embedding = self.time(timestep)
        if label is not None:
            embedding = embedding + self.classes(label)
        y = self.enter(x if condition is None else torch.cat([x, condition], 1))
        skips = []
        for block, halve in self.down:
            y = block(y, embedding)
            skips.append(y)
            y = halve(y)
        y = self.attention(self.middle(y, embedding))
        for widen, block in self.up:
            y = widen(nn.functional.interpolate(y, scale_factor=2.0, mode="nearest"))
            y = block(torch.cat([y, skips.pop()], 1), embedding)
        return self.leave(y)
