"""Slices of 128 x 128 pixels from volumes: as they are, or placed, turned and bent at random for training."""

import numpy as np
import torch
from torch import nn
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter

from denoisers.ct.model import CLASSES, EDGE, PIXEL_MM, bands, companded
from denoisers.ct.volumes import AIR, Volume

MIRRORED = ("head", "pelvis", "limb")  # where left and right look alike
TURN = {"limb": 20.0}  # largest rotation in degrees, elsewhere 5
TILT = 4.0  # degrees out of the axial plane
SHIFT_MM = 6.0
KNOTS = 5  # of the bending, along each edge
BEND_MM = 5.0  # its standard deviation at the knots
NONE_SHARE = 0.15  # of the training slices that come without their class
HEAD_NOISE = 9.0  # HU, of rendered heads, which have none of their own


def bump(count: int) -> np.ndarray:
    """Cubic B-splines over the image's edge, (EDGE, count)."""
    knots = np.arange(-3, count + 1) / (count - 3)
    return BSpline.design_matrix(np.linspace(0, 1, EDGE, endpoint=False), knots, 3).toarray()


class Cutter:
    """Cuts slices; rows run from front to back, columns from the patient's right to the left."""

    def __init__(self, seed: int):
        self.rng, self.splines = np.random.default_rng(seed), bump(KNOTS)
        line = (np.arange(EDGE) - (EDGE - 1) / 2) * PIXEL_MM
        # RAS order: y grows to the front, x to the right.
        self.plane = np.stack(np.meshgrid(-line, -line, indexing="ij"))

    def cut(self, source: Volume, z: float, offsets: np.ndarray) -> np.ndarray:
        """CT numbers at `offsets` (3, EDGE, EDGE), in mm from the body's centre in slice z."""
        centre = np.array([z, *source.centres[int(round(z))]])
        index = offsets / source.voxel_mm[:, None, None] + centre[:, None, None]
        last = np.array(source.above_air.shape)[:, None, None] - 1
        # Beyond the first and the last slice the volume goes on as it ends; beyond its sides there is air.
        index[0] = index[0].clip(0, last[0])
        grid = torch.from_numpy((2 * index / last - 1)[::-1].astype(np.float32).transpose(1, 2, 0))[None, None]
        return nn.functional.grid_sample(source.above_air[None, None], grid, align_corners=True)[0, 0, 0].numpy() + AIR

    def plain(self, source: Volume, z: int) -> np.ndarray:
        """A slice as it is."""
        image = self.cut(source, z, np.stack([np.zeros((EDGE, EDGE)), *self.plane]))
        return self.noisy(image, np.random.default_rng(z)) if CLASSES[source.region] == "head" else image

    def drawn(self, source: Volume) -> np.ndarray:
        """A random slice, scaled, turned, tilted, bent and shifted at random."""
        rng, region = self.rng, CLASSES[source.region]
        most = TURN.get(region, 5.0)
        turn, tilts = np.deg2rad(rng.uniform(-most, most)), np.tan(np.deg2rad(rng.uniform(-TILT, TILT, 2)))
        scale = rng.uniform(0.9, 1.1) * np.exp(rng.normal(0, 0.04, 2))
        y, x = self.plane
        if region in MIRRORED and rng.random() < 0.5:
            x = -x
        bend = BEND_MM * (self.splines @ rng.normal(0, 1, (2, KNOTS, KNOTS)) @ self.splines.T)
        shift = rng.uniform(-SHIFT_MM, SHIFT_MM, 2)
        along = np.stack([np.cos(turn) * y - np.sin(turn) * x, np.sin(turn) * y + np.cos(turn) * x])
        along = along / scale[:, None, None] + bend + shift[:, None, None]
        through = np.tensordot(tilts, along, 1)
        z = float(np.clip(rng.choice(source.slices) + rng.uniform(-0.5, 0.5), 0, len(source.above_air) - 1))
        image = self.cut(source, z, np.stack([through, *along]))
        return self.noisy(image, rng) if region == "head" else image

    @staticmethod
    def noisy(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise of a CT's grain inside the body."""
        grain = gaussian_filter(rng.standard_normal(image.shape), 0.6)
        return image + HEAD_NOISE / grain.std() * grain * (image > AIR + 100)


def plain_slices(volumes: list[Volume], apart_mm: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Slices as they are, about so far apart: (CT numbers, regions, names of their volumes)."""
    cutter, images, regions, names = Cutter(0), [], [], []
    for source in volumes:
        for z in source.slices[:: max(1, round(apart_mm / source.voxel_mm[0]))]:
            images.append(cutter.plain(source, int(z)))
            regions.append(source.region)
            names.append(source.name)
    return np.stack(images), np.array(regions), names


class Drawn:
    """Random slices of the patients that are trained on, or of the held-out ones; regions come equally often."""

    def __init__(self, volumes: list[Volume], seed: int, held_out: bool = False):
        self.cutter = Cutter(seed)
        chosen = [source for source in volumes if source.held_out == held_out]
        self.sources = [[source for source in chosen if source.region == region] for region in range(len(CLASSES))]
        self.regions = np.flatnonzero([bool(group) for group in self.sources])

    def images(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """(CT numbers, regions)."""
        rng, images, regions = self.cutter.rng, [], self.regions[np.arange(count) % len(self.regions)]
        for region in regions:
            shares = np.array([len(source.slices) for source in self.sources[region]], float)
            images.append(self.cutter.drawn(self.sources[region][rng.choice(len(shares), p=shares / shares.sum())]))
        return np.stack(images), regions

    def batch(self, count: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Clean bands and their classes, of which some are none."""
        images, regions = self.images(count)
        none = self.cutter.rng.random(count) < NONE_SHARE
        label = torch.from_numpy(np.where(none, len(CLASSES), regions))
        return bands(torch.from_numpy(companded(images))[:, None]), {"label": label}
