"""The segmenter: a small 3D U-Net from a normalised PET on cells of 8 mm to a score of each tissue.

It has no mask, no dose and no CT: what it knows is the low-dose image.
"""

import torch
from torch import nn
from torch.nn import functional as F

from phantoms import REGIONS

LABELS = 1 + len(REGIONS)  # none, then the tissues
WIDTHS = (12, 24, 40, 48)  # channels at 8, 16, 32 and 64 mm
SETTLED = 1500.0  # steps after which the running statistics are kept and used


class Norm(nn.Module):
    """Batch normalisation that trains with the batch's statistics first and with its running ones from SETTLED on.

    A tile has no statistics of its own (see `network.RegionNorm`), and two images are too few for good ones.
    """

    def __init__(self, channels: int, momentum: float = 0.01):
        super().__init__()
        self.momentum = momentum
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        for name, value in (("running_mean", torch.zeros(channels)), ("running_var", torch.ones(channels)),
                            ("steps", torch.zeros(()))):
            self.register_buffer(name, value)

    def forward(self, x):
        batch = False
        if self.training:
            self.steps += 1
            batch = self.steps.item() <= SETTLED
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, batch, self.momentum)


class Layer(nn.Sequential):
    """3x3x3 convolution, normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__(nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False), Norm(outputs), nn.ReLU())


class Segmenter(nn.Module):
    """pet (b, 1, z, y, x), normalised, every extent a multiple of 8, to scores (b, LABELS, z, y, x)."""

    def __init__(self, widths=WIDTHS):
        super().__init__()
        self.enter = nn.Sequential(Layer(1, widths[0]), Layer(widths[0], widths[0]))
        levels = list(zip(widths, widths[1:]))
        self.down = nn.ModuleList(nn.Sequential(Layer(a, b, 2), Layer(b, b)) for a, b in levels)
        self.up = nn.ModuleList(nn.ConvTranspose3d(b, a, 2, 2) for a, b in reversed(levels))
        self.merge = nn.ModuleList(Layer(2 * a, a) for a, _ in reversed(levels))
        self.leave = nn.Conv3d(widths[0], LABELS, 1)

    def forward(self, pet):
        # From 0 to 1: a bladder or a hot lesion must not outweigh every organ.
        pet = F.relu(pet)
        levels = [self.enter(pet / (pet + 1))]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for up, merge in zip(self.up, self.merge):
            x = merge(torch.cat([F.relu(up(x)), levels.pop()], 1))
        return self.leave(x)
