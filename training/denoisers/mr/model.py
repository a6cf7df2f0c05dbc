"""T2 and FLAIR from T1 slices: a first guess with its own expected error, and the denoiser of what the guess lacks.

Intensities are divided by each volume's foreground mean. A small network guesses both contrasts and, for every pixel,
how far the truth will lie from the guess. The diffusion runs on the image itself, x_0 = image / UNIT, but its network
is preconditioned by that guess, pixel by pixel, so it starts as the exact denoiser of guess + deviation * white noise
and only learns what the error looks like. A few steps suffice for that.
"""

import torch
from torch import nn

from denoisers.diffusion import levels, loss
from denoisers.unet import Denoiser

CONTRASTS = ("T2", "FLAIR")
SLICES = 3
CONDITION = 1 + 2 * len(CONTRASTS)
UNIT = 0.15
DEVIATIONS = (0.01, 1.0)
GUESS_LEVELS = (16, 32, 64)
LEVELS = (24, 32, 64)


class Plain(nn.Module):
    """Two convolutions around which the signal also passes unchanged; no statistics, so a patch is a slice's part."""

    def __init__(self, channels_in: int, channels: int):
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.around = nn.Conv2d(channels_in, channels, 1) if channels_in != channels else nn.Identity()
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        act = nn.functional.silu
        return self.around(x) + self.second(act(self.first(act(x))))


class Guess(nn.Module):
    """T1 slices (n, 3, h, w) -> every contrast's guess and the logarithm of its expected deviation (n, 4, h, w)."""

    def __init__(self, levels: tuple[int, ...] = GUESS_LEVELS):
        super().__init__()
        self.enter = nn.Conv2d(SLICES, levels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        before = levels[0]
        for level in levels:
            self.down.append(nn.ModuleList([Plain(before, level), nn.Conv2d(level, level, 3, 2, 1)]))
            before = level
        self.middle = Plain(before, before)
        for level in reversed(levels):
            self.up.append(nn.ModuleList([nn.Conv2d(before, level, 3, padding=1), Plain(2 * level, level)]))
            before = level
        self.leave = nn.Conv2d(before, 2 * len(CONTRASTS), 3, padding=1)

    def forward(self, slices):
        y = self.enter(slices)
        skips = []
        for block, halve in self.down:
            y = block(y)
            skips.append(y)
            y = halve(y)
        y = self.middle(y)
        for widen, block in self.up:
            y = widen(nn.functional.interpolate(y, scale_factor=2.0, mode="nearest"))
            y = block(torch.cat([y, skips.pop()], 1))
        return self.leave(y)


def guess_loss(network, clean: torch.Tensor, _generator: torch.Generator, slices: torch.Tensor) -> torch.Tensor:
    """Absolute error of the guess, and how unlikely its error is under the deviation it expects (a normal law).

    `clean` are the true contrasts (n, 2, h, w) in units of UNIT. The likelihood trains the deviation alone: if it also
    weighted the guess, hard pixels would be given up.
    """
    guess, spread = network(slices).chunk(2, 1)
    error = guess - clean * UNIT
    spread = spread.clamp(*(torch.tensor(DEVIATIONS).log().tolist()))
    unlikely = spread + 0.5 * (error.detach() / spread.exp()).square()
    return error.abs().mean() + 0.02 * unlikely.mean()


class Encode(nn.Module):
    """T1 slices (n, 3, h, w), normalised -> the condition (n, 5, h, w): the slice, the guesses, their deviations.

    `widen` multiplies each contrast's deviation: on the patients that the guess was trained on it errs less than it
    will, so the factor is measured on one that it was not trained on.
    """

    def __init__(self, guess: Guess, widen: tuple[float, ...] = (1.0,) * len(CONTRASTS)):
        super().__init__()
        self.guess = guess
        self.register_buffer("widen", torch.tensor(widen)[None, :, None, None])

    def forward(self, slices):
        guess, spread = self.guess(slices).chunk(2, 1)
        low, high = torch.tensor(DEVIATIONS).log().tolist()
        deviation = spread.clamp(low, high).exp() * self.widen
        return torch.cat([slices[:, SLICES // 2 : SLICES // 2 + 1], guess, deviation], 1)


class Translator(nn.Module):
    """(x, timestep, condition, label) -> v in x's shape; the label is a contrast's number.

    With x_t = a x_0 + s e, x_0 = g + r and r of deviation q, the rest y = x_t - a g has the deviation d = sqrt(a^2 q^2 +
    s^2), and the best linear estimate of r is a q^2 y / d^2, off by q s / d. So r = a q^2 y / d^2 - (q s / d) F, where F
    of unit size is the U-Net's, and v = a e - s x_0 becomes -s g + a s (1 - q^2) y / d^2 + (q / d) F. (Karras et al.
    2022, table 1, with a mean and a deviation of every pixel.)
    """

    def __init__(self):
        super().__init__()
        self.network = Denoiser(1, LEVELS, condition=3, classes=len(CONTRASTS), attention=False)
        signal, noise = levels()
        self.register_buffer("signal", signal)
        self.register_buffer("noise", noise)
        self.register_buffer("choice", torch.eye(len(CONTRASTS)))

    def expected(self, condition, label):
        """Guess and deviation of the contrast asked for, in x's unit."""
        choice = self.choice[label][:, :, None, None]
        return [(part * choice).sum(1, keepdim=True) / UNIT for part in condition[:, 1:].split(len(CONTRASTS), 1)]

    def forward(self, x, timestep, condition, label):
        index = timestep.long()
        a, s = (table[index][:, None, None, None] for table in (self.signal, self.noise))
        t1, (g, q) = condition[:, :1], self.expected(condition, label)
        y, variance = x - a * g, a * a * q * q + s * s
        given = torch.cat([t1, g * UNIT, q.log()], 1)
        f = self.network(y / variance.sqrt(), timestep, given, label)
        return a * s * (1 - q * q) * y / variance - s * g + q / variance.sqrt() * f


def translator_loss(network: Translator, clean: torch.Tensor, generator: torch.Generator, **given) -> torch.Tensor:
    """Mean squared error of F: that of v, (q / d)^2 times as large, would all but forget the noise levels of texture."""
    _, q = network.expected(**given)
    return loss(network, clean, generator, lambda a, s: a * a + (s / q).square(), **given)


class Decode(nn.Module):
    """x (n, 1, h, w) -> the image, normalised by the contrast's own foreground mean."""

    def forward(self, x):
        return (x * UNIT).clamp(min=0)


class ImageEncode(nn.Module):
    """The decoder's inverse: an image (n, 1, h, w), normalised by its foreground mean -> x."""

    def forward(self, image):
        return image / UNIT
