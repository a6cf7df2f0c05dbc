"""Standard-dose PET from low-dose slices: what the denoiser sees of a pair, and the way back.

The diffusion runs on a residual of unit size: r = (standard - smooth) / (SPREAD * sqrt(smooth + FLOOR)), where smooth is
the low-dose neighbourhood's local mean. Counting noise grows with the square root of activity, so r is about as large
in a liver as in muscle, and a few steps suffice.
"""

import torch
from torch import nn

FLOOR = 0.05
SPREAD = 0.2
SIGMA = 1.5
RADIUS = 4
SLICES = 3
CONDITION = SLICES + 2


def kernel() -> torch.Tensor:
    """A Gaussian over the plane, weighted 1/4, 1/2, 1/4 over the three slices: (1, 3, 9, 9)."""
    line = torch.exp(-0.5 * (torch.arange(-RADIUS, RADIUS + 1) / SIGMA).square())
    plane = line[:, None] * line[None, :]
    return (plane / plane.sum())[None, None] * torch.tensor([0.25, 0.5, 0.25])[None, :, None, None]


class Encode(nn.Module):
    """Low-dose slices (n, 3, h, w), normalised, and the dose's code (n, 1) -> the condition (n, 5, h, w).

    The channels: each slice's own residual, the smooth image's logarithm, the dose's code.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", kernel())

    def smooth(self, low: torch.Tensor) -> torch.Tensor:
        """The local mean of the slices, never negative."""
        padded = nn.functional.pad(low, [RADIUS] * 4, mode="replicate")
        return nn.functional.conv2d(padded, self.kernel).clamp(min=0)

    def forward(self, low, code):
        smooth = self.smooth(low)
        residual = (low - smooth) / (SPREAD * (smooth + FLOOR).sqrt())
        return torch.cat([residual / 2, torch.log(smooth + FLOOR), code[:, :, None, None].expand_as(smooth)], 1)


class Decode(nn.Module):
    """The residual (n, 1, h, w) and its condition -> the image, normalised as the slices were."""

    def forward(self, x, condition):
        smooth = torch.exp(condition[:, SLICES : SLICES + 1]) - FLOOR
        return (smooth + SPREAD * (smooth + FLOOR).sqrt() * x).clamp(min=0)


class ImageEncode(nn.Module):
    """The decoder's inverse: an image (n, 1, h, w), normalised as the slices were, and its condition -> the residual."""

    def forward(self, image, condition):
        return residual(image, torch.exp(condition[:, SLICES : SLICES + 1]) - FLOOR)


def residual(standard: torch.Tensor, smooth: torch.Tensor) -> torch.Tensor:
    """What the diffusion makes, for training."""
    return (standard - smooth) / (SPREAD * (smooth + FLOOR).sqrt())
