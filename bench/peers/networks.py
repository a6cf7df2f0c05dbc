"""The two U-Nets of the comparison that no package on PyPI carries in this form."""

import torch
from torch import nn


def halve(inputs: int, outputs: int) -> list[nn.Module]:
    """pix2pix's step down: 4x4, stride 2."""
    return [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.InstanceNorm2d(outputs, affine=True), nn.LeakyReLU(0.2)]


def double(inputs: int, outputs: int) -> list[nn.Module]:
    """pix2pix's step up: transposed 4x4, stride 2."""
    return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.InstanceNorm2d(outputs, affine=True), nn.ReLU()]


class Pix2PixUnet(nn.Module):
    """pix2pix's generator with instance normalisation: six levels down and up with skips, tanh at the end."""

    def __init__(self, channels: int, widths: tuple[int, ...]):
        super().__init__()
        steps = list(zip((channels, *widths), widths))
        self.down = nn.ModuleList(nn.Sequential(*halve(*step)) for step in steps)
        inner = [nn.Sequential(*double(wide if level == len(widths) - 1 else 2 * wide, narrow))
                 for level, (narrow, wide) in reversed(list(enumerate(steps))) if level > 0]
        self.up = nn.ModuleList(inner)
        self.leave = nn.Sequential(nn.ConvTranspose2d(2 * widths[0], channels, 4, 2, 1), nn.Tanh())

    def forward(self, x):
        skips = []
        for step in self.down:
            x = step(x)
            skips.append(x)
        x = skips.pop()
        for step in self.up:
            x = torch.cat([step(x), skips.pop()], dim=1)
        return self.leave(x)


def twice(inputs: int, outputs: int) -> nn.Sequential:
    """Two 3x3x3 convolutions, each with instance normalisation and ReLU."""
    layers = []
    for source in (inputs, outputs):
        layers += [nn.Conv3d(source, outputs, 3, padding=1), nn.InstanceNorm3d(outputs, affine=True), nn.ReLU()]
    return nn.Sequential(*layers)


class Unet3d(nn.Module):
    """3D U-Net: max pooling down, transposed 2x2x2 convolutions up, skips."""

    def __init__(self, channels: int, widths: tuple[int, ...]):
        super().__init__()
        self.down = nn.ModuleList(twice(*step) for step in zip((channels, *widths), widths))
        self.pool = nn.MaxPool3d(2)
        pairs = list(zip(widths, widths[1:]))[::-1]
        self.raise_ = nn.ModuleList(nn.ConvTranspose3d(wide, narrow, 2, 2) for narrow, wide in pairs)
        self.up = nn.ModuleList(twice(2 * narrow, narrow) for narrow, _ in pairs)
        self.leave = nn.Conv3d(widths[0], channels, 1)

    def forward(self, x):
        skips = []
        for level, step in enumerate(self.down):
            x = step(x if level == 0 else self.pool(x))
            skips.append(x)
        x = skips.pop()
        for raised, step in zip(self.raise_, self.up):
            x = step(torch.cat([raised(x), skips.pop()], dim=1))
        return self.leave(x)
