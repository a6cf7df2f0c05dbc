"""The two image-to-image generators that no package on PyPI carries, as their papers describe them."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with reflection padding around a skip."""

    def __init__(self, channels: int):
        super().__init__()
        layers = []
        for activation in (nn.ReLU(), nn.Identity()):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels), activation]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


class CycleGanResnet(nn.Module):
    """CycleGAN's generator: c7s1, two halvings, residual blocks, two doublings, c7s1, tanh."""

    def __init__(self, channels: int, width: int, blocks: int):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for level in (1, 2):
            layers += [nn.Conv2d(width * level, width * level * 2, 3, stride=2, padding=1),
                       nn.InstanceNorm2d(width * level * 2), nn.ReLU()]
        layers += [ResidualBlock(width * 4) for _ in range(blocks)]
        for level in (4, 2):
            layers += [nn.ConvTranspose2d(width * level, width * level // 2, 3, stride=2, padding=1, output_padding=1),
                       nn.InstanceNorm2d(width * level // 2), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


class UnetLevel(nn.Module):
    """One level of the pix2pix U-Net around the level below: halve, go down, double, join the skip."""

    def __init__(self, outer: int, inner: int, below: nn.Module | None):
        super().__init__()
        self.down = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, stride=2, padding=1),
                                  nn.BatchNorm2d(inner) if below else nn.Identity())
        self.below = below or nn.Identity()
        self.up = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(inner * (2 if below else 1), outer, 4, 2, 1),
                                nn.BatchNorm2d(outer), nn.Dropout(0.5))

    def forward(self, x):
        return torch.cat([x, self.up(self.below(self.down(x)))], dim=1)


class Pix2PixUnet(nn.Module):
    """pix2pix's generator: a U-Net of 4x4 convolutions with stride 2, tanh at the end."""

    def __init__(self, channels: int, widths: tuple[int, ...]):
        super().__init__()
        below = None
        for outer, inner in reversed(list(zip(widths, widths[1:]))):
            below = UnetLevel(outer, inner, below)
        self.enter = nn.Conv2d(channels, widths[0], 4, stride=2, padding=1)
        self.below = below
        self.leave = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * widths[0], channels, 4, 2, 1), nn.Tanh())

    def forward(self, x):
        return self.leave(self.below(self.enter(x)))
