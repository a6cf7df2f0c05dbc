"""The generator of `pet-enhance`: region-adaptive encoder, transfer module, decoder.

After "LPET to SPET with region-adaptive normalisation" (chapter 11 of Generative Machine Learning
Models in Medical Image Computing): D(T(E(pet, m))), with E region-adaptive, T two 1x1x1 convolutions.
Our decoder does not paint the image freely: for each voxel it chooses how to mix Gaussian blurs of
the input, and adds a correction. Mixtures whose weights sum to one keep local means, and the best
single Gaussian is one of the mixtures, so training starts where classical filtering ends.

What comes out of the layers is an estimate of the noise-free image. The standard dose is not that:
its counts hold the low dose's own counts as a part d, its dose, so given the low-dose image x the
expected standard-dose image is d x + (1 - d) estimate. The graph ends with this step.
Tensors are (batch, channel, z, y, x); every extent is a multiple of 4.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from conditioning import CHANNELS, DOSE, MAX_LOG_DOSE

SIZES = {"small": (32, 64), "full": (64, 128)}  # channels at half and at quarter resolution
BLURS = (0.0, 0.6, 1.0, 1.6, 2.4)  # standard deviations in voxels
BLUR_RADIUS = 5  # voxels


class RegionNorm(nn.Module):
    """Region-adaptive normalisation, eq. 11.4 to 11.6.

    (x - mu) / sigma with RUNNING statistics at inference, since statistics of a tile would differ
    between neighbours and show as seams and bias. gamma(m) and beta(m) come from two 1x1x1
    convolutions, the first shared; gamma's bias starts at 1, so there is no separate `1 +`.
    """

    def __init__(self, channels: int, hidden: int = 12):
        super().__init__()
        self.norm = nn.BatchNorm3d(channels, affine=False, momentum=0.02)
        self.shared = nn.Conv3d(CHANNELS, hidden, 1)
        self.gamma = nn.Conv3d(hidden, channels, 1)
        self.beta = nn.Conv3d(hidden, channels, 1)
        for layer in (self.gamma, self.beta):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        nn.init.ones_(self.gamma.bias)

    def forward(self, x, regions):
        hidden = F.relu(self.shared(regions))
        return self.gamma(hidden) * self.norm(x) + self.beta(hidden)


class EncoderBlock(nn.Module):
    """3x3x3 convolution (stride 2 to go down a level), region norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm = RegionNorm(outputs)

    def forward(self, x, regions):
        return F.relu(self.norm(self.conv(x), regions))


class ResidualBlock(nn.Module):
    """Two 3x3x3 convolutions with region norms beside the identity."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = EncoderBlock(channels, channels)
        self.conv = nn.Conv3d(channels, channels, 3, 1, 1, bias=False)
        self.norm = RegionNorm(channels)

    def forward(self, x, regions):
        return F.relu(x + self.norm(self.conv(self.first(x, regions)), regions))


class Encoder(nn.Module):
    """E: features at half and at quarter resolution.

    The first convolution's stride of 2 keeps all that its eight places hold, in more channels: layers at
    half resolution see twice as far for an eighth of the work.
    """

    def __init__(self, widths):
        super().__init__()
        half, quarter = widths
        self.enter = nn.Conv3d(1, half, 4, 2, 1, bias=False)
        self.entered = RegionNorm(half)
        self.level1 = ResidualBlock(half)
        self.to_quarter = EncoderBlock(half, quarter, stride=2)
        self.level2 = nn.ModuleList(ResidualBlock(quarter) for _ in range(2))

    def forward(self, pet, regions):
        at_half = F.interpolate(regions, scale_factor=0.5, mode="nearest")
        at_quarter = F.interpolate(regions, scale_factor=0.25, mode="nearest")
        half = F.relu(self.entered(self.enter(pet), at_half))
        half = self.level1(half, at_half)
        quarter = self.to_quarter(half, at_quarter)
        for block in self.level2:
            quarter = block(quarter, at_quarter)
        return half, quarter


class Decoder(nn.Module):
    """D: up to half resolution beside the encoder's features, then mixing logits and a correction for every voxel."""

    def __init__(self, widths):
        super().__init__()
        half, quarter = widths
        self.up_half = nn.ConvTranspose3d(quarter, half, 2, 2)
        self.level1 = nn.Conv3d(2 * half, half, 3, 1, 1)
        self.level0 = nn.Conv3d(half, half, 3, 1, 1)
        self.leave = nn.ConvTranspose3d(half, len(BLURS) + 1, 2, 2)

    def forward(self, half, quarter):
        half = F.relu(self.level1(torch.cat([F.relu(self.up_half(quarter)), half], 1)))
        return self.leave(F.relu(self.level0(half)))


class Blurs(nn.Module):
    """The image under each of BLURS, one channel each: separable, fixed, zero beyond the border."""

    def __init__(self):
        super().__init__()
        offset = torch.arange(-BLUR_RADIUS, BLUR_RADIUS + 1, dtype=torch.float32)
        taps = torch.stack([torch.exp(-offset**2 / (2 * max(sigma, 1e-3) ** 2)) for sigma in BLURS])
        self.register_buffer("taps", taps / taps.sum(1, keepdim=True))

    def forward(self, pet):
        count, length, reach = len(BLURS), 2 * BLUR_RADIUS + 1, BLUR_RADIUS
        x = F.conv3d(pet, self.taps.view(count, 1, length, 1, 1), padding=(reach, 0, 0))
        x = F.conv3d(x, self.taps.view(count, 1, 1, length, 1), padding=(0, reach, 0), groups=count)
        return F.conv3d(x, self.taps.view(count, 1, 1, 1, length), padding=(0, 0, reach), groups=count)


class Generator(nn.Module):
    """pet (b, 1, z, y, x) and regions (b, CHANNELS, z, y, x), both normalised, to enhanced like pet."""

    def __init__(self, widths=SIZES["small"], own_counts: bool = True):
        """`own_counts`: whether the last step keeps the part of the standard dose's counts that is at hand."""
        super().__init__()
        self.widths, self.own_counts = tuple(widths), own_counts
        self.encoder, self.decoder, self.blurs = Encoder(widths), Decoder(widths), Blurs()
        # A sum over channels, written as a convolution so that a graph holds it as one.
        self.register_buffer("ones", torch.ones(1, len(BLURS), 1, 1, 1))
        quarter = widths[-1]
        self.transfer = nn.Sequential(nn.Conv3d(quarter, quarter, 1), nn.ReLU(), nn.Conv3d(quarter, quarter, 1))
        nn.init.normal_(self.decoder.leave.weight, std=1e-3)
        nn.init.zeros_(self.decoder.leave.bias)

    def estimate(self, pet, regions):
        """The noise-free image, as far as the low dose shows it."""
        half, quarter = self.encoder(pet, regions)
        decoded = self.decoder(half, self.transfer(quarter))
        if decoded.dtype != pet.dtype:
            decoded = decoded.to(pet.dtype)
        mixing = torch.softmax(decoded[:, :-1], dim=1)
        # Blurs and mixture stay exact where the layers before train in bfloat16.
        with torch.autocast(pet.device.type, enabled=False):
            return F.conv3d(mixing * self.blurs(pet), self.ones) + decoded[:, -1:]

    def forward(self, pet, regions):
        estimate = self.estimate(pet, regions)
        if not self.own_counts:
            return estimate
        dose = torch.exp(regions[:, DOSE:DOSE + 1] * (-MAX_LOG_DOSE * math.log(2)))
        return estimate + dose * (pet - estimate)
