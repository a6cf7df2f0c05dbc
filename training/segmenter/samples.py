"""What the segmenter is trained on: simulated low-dose images, and procedural torsos of more variety, on its own cells.

The networks of this folder see torsos of ellipsoids only; a patient's organs are none. So shapes, places and uptakes
vary more widely here than in `torsos.py`: every sample is turned, stretched and bent, and organs change their uptake.
"""

from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F

from conditioning import foreground_scale
from phantoms import Grid, add_texture, random_rotation
from segmenter.cells import CELL_MM, to_cells
from segmenter.model import LABELS
from torsos import TorsoPainter, paint_abdomen, paint_body_wall, paint_chest, paint_spine_and_pelvis

SHAPE = (24, 48, 48)  # cells of a sample
BEND_MM, BEND_REACH_MM = 64.0, 15.0  # distance of the knots that are displaced, and their largest standard deviation
PROCEDURAL = 0.5  # share of samples that are procedural
LIMBS = 0.3  # of these
CROPPED = 0.3  # share of samples of which only a box is seen
BACK_MM = -30.0  # what lies behind this moves with the column
POOL, FRESH = 200, 0.2  # samples that are kept, and how often one of them makes room for a new one
HEADS_OR_LIMBS = 0.4  # of the others


class VariedPainter(TorsoPainter):
    """Organs that lie and measure more differently than the painter's own.

    The column lies up to 45 mm deeper under the back, as it does in patients, and takes what lies beside it along.
    """

    def __init__(self, grid: Grid, centre_z: float, rng: np.random.Generator):
        super().__init__(grid, centre_z, rng)
        self.deeper = rng.uniform(-5, 45)

    def ellipsoid(self, centre, radii, jitter_mm: float = 6.0):
        x, y, z = centre
        if y < BACK_MM:
            y += 0.8 * self.deeper
        return super().ellipsoid((x, y, z), np.array(radii) * self.rng.uniform(0.8, 1.2, 3), 1.5 * jitter_mm)

    def tube(self, x: float, y: float, radius: float):
        return super().tube(x, y + self.deeper, radius)

    def vary(self, value: float, spread: float = 0.1) -> float:
        return super().vary(value, 1.7 * spread)


def paint_torso(painter: VariedPainter) -> np.ndarray:
    """All of a torso; returns the body mask."""
    rng, body = painter.rng, paint_body_wall(painter)
    if rng.random() < 0.6:  # fat between the organs, where the painter has muscle
        painter.paint((painter.ellipsoid((0, 15, -180), (115, 75, 150)) < 1) & body, painter.vary(0.35, 0.2))
    for paint in (paint_spine_and_pelvis, paint_chest, paint_abdomen):
        paint(painter)
    return body


def paint_limb(painter: VariedPainter) -> np.ndarray:
    """A thigh or an upper arm: muscles in fat around a bone, sometimes a tumour with a dark middle; no label."""
    rng = painter.rng
    width, depth = rng.uniform(45, 120, 2)
    body = (painter.x / width) ** 2 + (painter.y / depth) ** 2 < 1
    painter.paint(body, painter.vary(0.3, 0.25))
    z = painter.z.mean()
    around = lambda reach: (*(rng.uniform(-reach, reach) * np.array((width, depth))), z + rng.uniform(-90, 90))
    for _ in range(rng.integers(4, 12)):
        painter.paint((painter.ellipsoid(around(0.6), (rng.uniform(20, 50), rng.uniform(20, 50), 200)) < 1) & body, painter.vary(0.7, 0.2))
    painter.paint((painter.tube(0, -painter.deeper, rng.uniform(10, 20)) < 1) & body, painter.vary(0.5, 0.3))
    if rng.random() < 0.7:
        tumour = painter.ellipsoid(around(0.5), rng.uniform(15, 60, 3))
        painter.paint((tumour < 1) & body, rng.uniform(1, 12))
        painter.paint((tumour < rng.uniform(0, 0.7)) & body, rng.uniform(0.2, 1))
    return body


def procedural(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A low-dose image and the labels of a torso or a limb painted on cells: blurred, with noise as correlated as OSEM's."""
    grid = Grid(SHAPE, (CELL_MM,) * 3)
    painter = VariedPainter(grid, rng.uniform(-360, 130), rng)
    body = paint_limb(painter) if rng.random() < LIMBS else paint_torso(painter)
    for volume in (painter.activity, painter.regions):
        volume[~body] = 0
    add_texture(painter.activity, grid, rng, 0.1)
    for _ in range(rng.integers(0, 5)):
        spot = tuple(rng.integers(0, n) for n in SHAPE)
        painter.activity[spot] *= rng.uniform(2, 10)
    image = gaussian_filter(painter.activity, rng.uniform(2, 4.2) / CELL_MM)
    grain = gaussian_filter(rng.standard_normal(SHAPE).astype(np.float32), rng.uniform(2.4, 5) / CELL_MM)
    level = np.exp(rng.uniform(np.log(0.02), np.log(0.5)))
    noise = level * grain / grain.std() * np.sqrt(gaussian_filter(image, 12 / CELL_MM) * image[body].mean())
    return np.maximum(image + noise, 0), painter.regions


def one_hot(regions: np.ndarray) -> np.ndarray:
    return (regions == np.arange(LABELS).reshape(-1, 1, 1, 1)).astype(np.float32)


def load(path: Path) -> dict:
    """One simulated item on cells: normalised images of all doses, the share of each label, what it shows."""
    with np.load(path) as file:
        images = [*file["low"], file["standard"]]
        voxel_mm, kind, regions = file["voxel_mm"], str(file["kind"]), file["regions"]
    images = [image.astype(np.float32) for image in images]
    cells = [to_cells(image, voxel_mm) / foreground_scale(image) for image in images]
    return {"kind": kind, "images": np.stack(cells).astype(np.float16),
            "shares": to_cells(one_hot(regions), voxel_mm).astype(np.float16)}


def placed(volume: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """The SHAPE of the last three axes from `corner` on, zero where the volume does not reach."""
    out = np.zeros((*volume.shape[:-3], *SHAPE), np.float32)
    source, target = [], []
    for start, size, whole in zip(corner, SHAPE, volume.shape[-3:]):
        source.append(slice(max(start, 0), max(min(start + size, whole), 0)))
        target.append(slice(max(-start, 0), max(-start, 0) + source[-1].stop - source[-1].start))
    out[(..., *target)] = volume[(..., *source)]
    return out


def bent(image: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Both after one random turn, stretch and smooth displacement; nothing beyond the border."""
    matrix = random_rotation(rng, 12) @ np.diag(rng.uniform(0.8, 1.25, 3))
    grid = Grid(SHAPE, (CELL_MM,) * 3)
    points = np.einsum("ij,jzyx->izyx", matrix, grid.coordinates()).astype(np.float32)
    knots = torch.from_numpy(rng.standard_normal((1, 3, *(round(n * CELL_MM / BEND_MM) for n in SHAPE))).astype(np.float32))
    bend = F.interpolate(knots, SHAPE, mode="trilinear", align_corners=True)[0].numpy()
    points += rng.uniform(0, BEND_REACH_MM) * bend
    edges = np.array(SHAPE, np.float32).reshape(3, 1, 1, 1) * CELL_MM / 2
    where = torch.from_numpy(np.ascontiguousarray((points / edges)[::-1].transpose(1, 2, 3, 0)).astype(np.float32))
    both = torch.from_numpy(np.concatenate([image[None], shares[1:]]).astype(np.float32))[None]
    moved = F.grid_sample(both, where[None], mode="bilinear", padding_mode="zeros", align_corners=False)[0].numpy()
    return moved[0], np.concatenate([1 - moved[1:].sum(0, keepdims=True), moved[1:]])


def cropped(image: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What a field of view that ends within the body shows: nothing outside a random box."""
    seen = np.zeros(SHAPE, bool)
    edges = [rng.uniform(0.4, 1) * n for n in SHAPE]
    starts = [rng.uniform(0, n - edge) for n, edge in zip(SHAPE, edges)]
    seen[tuple(slice(int(start), int(start + edge) + 1) for start, edge in zip(starts, edges))] = True
    return image * seen, np.where(seen, shares, one_hot(np.zeros(SHAPE, np.uint8)))


class Samples:
    """Random samples of the training split and fresh torsos."""

    def __init__(self, folders: list[Path], seed: int):
        self.items = [load(path) for folder in folders for path in sorted((folder / "train").glob("*.npz"))]
        self.torsos = [item for item in self.items if item["kind"] == "torso"]
        self.others = [item for item in self.items if item["kind"] != "torso"]
        self.rng, self.pool = np.random.default_rng(seed), []

    def painted(self) -> tuple[np.ndarray, np.ndarray]:
        """A procedural sample, mostly one painted before: painting takes longer than all the rest."""
        rng = self.rng
        if len(self.pool) < POOL // 10 or rng.random() < FRESH:
            self.pool = [*self.pool[1 - POOL:], procedural(rng)]
        return self.pool[rng.integers(len(self.pool))]

    def simulated(self) -> tuple[np.ndarray, np.ndarray]:
        rng = self.rng
        items = self.others if rng.random() < HEADS_OR_LIMBS else self.torsos
        item = items[rng.integers(len(items))]
        image = item["images"][rng.integers(len(item["images"]))].astype(np.float32)
        room = np.array(image.shape) - SHAPE
        corner = np.round(room / 2 + rng.uniform(-0.15, 0.15, 3) * SHAPE).astype(int)
        return placed(image, corner), placed(item["shares"].astype(np.float32), corner)

    def one(self) -> tuple[np.ndarray, np.ndarray]:
        """An image (z, y, x) and the shares of its labels (label, z, y, x)."""
        rng = self.rng
        if rng.random() < PROCEDURAL:
            image, regions = self.painted()
            image, shares = image / foreground_scale(image), one_hot(regions)
        else:
            image, shares = self.simulated()
        for label in range(1, LABELS):
            image = image * np.exp(rng.normal(0, 0.15) * shares[label])
        image, shares = bent(image, shares, rng)
        if rng.random() < CROPPED:
            image, shares = cropped(image, shares, rng)
        return image * np.exp(rng.normal(0, 0.1)), shares

    def batch(self, count: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Shares of labels, and the images as `pet`."""
        images, shares = zip(*(self.one() for _ in range(count)))
        stack = lambda parts: torch.from_numpy(np.ascontiguousarray(np.stack(parts), np.float32))
        return stack(shares), {"pet": stack(images)[:, None]}
