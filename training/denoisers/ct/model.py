"""What ct-generate diffuses: CT numbers on a scale of their own, in sixteen Haar bands; and the way back to HU.

Soft tissue spans 4 % of the CT numbers and most of what one looks at, so a piecewise linear scale gives it half of the
range before the wavelets: air and lung -1 to -0.5, fat to contrast agent -0.5 to 0.6, bone above.
"""

import numpy as np
import torch
from torch import nn

CLASSES = ("head", "chest", "abdomen", "pelvis", "limb")
EDGE, PIXEL_MM = 128, 3.0
HU = (-1000.0, -200.0, 300.0, 1300.0)
LEVEL = (-1.0, -0.5, 0.6, 1.0)
BLOCK = 4
BANDS = BLOCK**2
# What each band is multiplied by: the coarse one comes near unit size, fine ones are raised so that they are learned
# though they are small.
COARSE, MIDDLE, FINE = 0.4, 1.0, 1.5
BOUND = 2.5  # no band of a CT slice is larger, edges from air to bone aside


def companded(hounsfield: np.ndarray) -> np.ndarray:
    """CT numbers on the scale that is diffused, -1 to 1."""
    return np.interp(hounsfield, HU, LEVEL).astype(np.float32)


def basis() -> torch.Tensor:
    """The 16 functions of two Haar levels on a square of 4 x 4 pixels, orthonormal: (16, 1, 4, 4).

    First the second level's four bands, then the first level's three details in each of four places.
    """
    low, high = torch.tensor([1.0, 1.0]) / 2**0.5, torch.tensor([1.0, -1.0]) / 2**0.5
    long = [line.repeat_interleave(2) / 2**0.5 for line in (low, high)]
    functions = [torch.outer(rows, columns) for rows in long for columns in long]
    for row in (0, 2):
        for column in (0, 2):
            for detail in ((low, high), (high, low), (high, high)):
                function = torch.zeros(BLOCK, BLOCK)
                function[row : row + 2, column : column + 2] = torch.outer(*detail)
                functions.append(function)
    return torch.stack(functions)[:, None]


def weights() -> torch.Tensor:
    """The factor of each band, (16, 1, 1, 1)."""
    return torch.tensor([COARSE] + 3 * [MIDDLE] + 12 * [FINE])[:, None, None, None]


def bands(image: torch.Tensor) -> torch.Tensor:
    """(n, 1, 128, 128) on the companded scale -> what is diffused, (n, 16, 32, 32)."""
    return nn.functional.conv2d(image, basis() * weights(), stride=BLOCK)


class Decode(nn.Module):
    """Bands (n, 16, h, w) -> the image (n, 1, 4h, 4w), -1 for HU[0] and 1 for HU[-1]."""

    def __init__(self):
        super().__init__()
        self.inverse = nn.ConvTranspose2d(BANDS, 1, BLOCK, BLOCK, bias=False)
        self.inverse.weight.data = basis() / weights()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = self.inverse(x)
        image = -1.0
        for (low, high), (start, end) in zip(zip(HU, HU[1:]), zip(LEVEL, LEVEL[1:])):
            slope = 2 * (high - low) / (HU[-1] - HU[0]) / (end - start)
            image = image + slope * (level.clamp(start, end) - start)
        return image


class ImageEncode(nn.Module):
    """The decoder's inverse: an image (n, 1, 4h, 4w), -1 for HU[0] and 1 for HU[-1] -> bands (n, 16, h, w)."""

    def __init__(self):
        super().__init__()
        self.bands = nn.Conv2d(1, BANDS, BLOCK, BLOCK, bias=False)
        self.bands.weight.data = basis() * weights()

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        unit = lambda hounsfield: 2 * (hounsfield - HU[0]) / (HU[-1] - HU[0]) - 1
        level = LEVEL[0]
        for (low, high), (start, end) in zip(zip(HU, HU[1:]), zip(LEVEL, LEVEL[1:])):
            slope = (end - start) / (unit(high) - unit(low))
            level = level + slope * (image.clamp(unit(low), unit(high)) - unit(low))
        return self.bands(level)


def hounsfield(image: torch.Tensor) -> np.ndarray:
    """The decoder's images as CT numbers."""
    return (image.numpy() + 1) / 2 * (HU[-1] - HU[0]) + HU[0]
