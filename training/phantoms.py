"""What every numerical phantom shares: the container, smooth random fields, lesions, texture.

All arrays are ordered (z, y, x) with x towards the patient's right, y anterior, z superior,
so that `array.transpose(2, 1, 0)` is a NIfTI volume with a positive diagonal (RAS) affine.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import zoom

REGIONS = ("heart", "liver", "spleen", "lungs", "stomach", "kidneys", "spine", "ribs")
REGION_LABEL = {name: index + 1 for index, name in enumerate(REGIONS)}

MU_SOFT, MU_BONE, MU_LUNG = 0.096, 0.135, 0.029  # linear attenuation at 511 keV, 1/cm


@dataclass
class Grid:
    """A sampling grid: `shape` in voxels and `voxel_mm`, both ordered (z, y, x)."""

    shape: tuple[int, int, int]
    voxel_mm: tuple[float, float, float]

    def coordinates(self) -> np.ndarray:
        """Voxel centres in mm relative to the grid's centre, shape (3, z, y, x)."""
        axes = [(np.arange(n) - (n - 1) / 2) * d for n, d in zip(self.shape, self.voxel_mm)]
        return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


@dataclass(frozen=True)
class Setting:
    """How the second series samples any phantom: voxels as scanners have them, lesions kept apart."""

    voxel_mm: tuple[float, float, float]  # (z, y, x)
    lesions: int
    apart_mm: float = 25.0  # least distance of two lesions' centres

    def grid(self, extent_mm: float, slices: int = 48) -> Grid:
        """A square grid, a multiple of 8 voxels wide, that covers `extent_mm` in-plane."""
        side = 8 * int(np.ceil(extent_mm / self.voxel_mm[2] / 8))
        return Grid((slices, side, side), self.voxel_mm)


@dataclass
class Phantom:
    """Tracer and attenuation maps on a grid.

    activity: standardised uptake value (SUV); mu: 1/cm; regions: 0 = none, 1..8 = REGIONS;
    lesions: 0 = none, k = k-th lesion; body: where the metrics are taken.
    """

    grid: Grid
    activity: np.ndarray
    mu: np.ndarray
    regions: np.ndarray
    body: np.ndarray
    lesions: np.ndarray = field(default=None)


def smooth_field(grid: Grid, correlation_mm: float, rng: np.random.Generator) -> np.ndarray:
    """A random field of zero mean and unit variance with the given correlation length."""
    coarse = [max(4, int(np.ceil(n * d / correlation_mm)) + 3)
              for n, d in zip(grid.shape, grid.voxel_mm)]
    values = zoom(rng.standard_normal(coarse), np.array(grid.shape) / coarse, order=3)
    return ((values - values.mean()) / values.std()).astype(np.float32)


def random_rotation(rng: np.random.Generator, degrees: float) -> np.ndarray:
    """A 3x3 turn about each axis in order z, y, x, by up to so many degrees."""
    rotation = np.eye(3)
    for axis, angle in enumerate(np.radians(rng.uniform(-degrees, degrees, 3))):
        i, j = [(1, 2), (0, 2), (0, 1)][axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        rotation = turn @ rotation
    return rotation


def deformed_coordinates(grid: Grid, rng: np.random.Generator, rotate_deg: float = 6.0,
                         stretch: float = 0.08, elastic_mm: float = 4.0,
                         correlation_mm: float = 60.0) -> np.ndarray:
    """Grid coordinates (mm) after a random rotation, anisotropic scaling and smooth warp."""
    points = grid.coordinates()
    rotation = random_rotation(rng, rotate_deg)
    matrix = rotation @ np.diag(1 / rng.uniform(1 - stretch, 1 + stretch, 3))
    warped = np.einsum("ij,jzyx->izyx", matrix, points).astype(np.float32)
    for axis in range(3):
        warped[axis] += elastic_mm * smooth_field(grid, correlation_mm, rng)
    return warped


def add_texture(activity: np.ndarray, grid: Grid, rng: np.random.Generator,
                fraction: float = 0.07) -> None:
    """Multiply the activity, in place, by two scales of smooth log-normal variation."""
    for correlation_mm in (12.0, 40.0):
        activity *= np.exp(fraction * smooth_field(grid, correlation_mm, rng))


def add_lesions(phantom: Phantom, count: int, rng: np.random.Generator, apart_mm: float = 0.0) -> None:
    """Add spherical lesions, 5 to 20 mm across and 2 to 8 times their surroundings (SUV >= 2).

    A lesion that would lie within `apart_mm` of an earlier one is left out.
    """
    centres = []
    points = phantom.grid.coordinates()
    phantom.lesions = np.zeros(phantom.grid.shape, np.uint8)
    inside = np.argwhere(phantom.body)
    for index in range(1, count + 1):
        z, y, x = inside[rng.integers(len(inside))]
        centre = points[:, z, y, x] + rng.uniform(-0.5, 0.5, 3) * phantom.grid.voxel_mm
        radius = rng.uniform(2.5, 10.0)
        if apart_mm and any(np.linalg.norm(centre - other) < apart_mm for other in centres):
            continue
        centres.append(centre)
        distance = np.sqrt(((points - centre[:, None, None, None]) ** 2).sum(0))
        coverage = np.clip((radius - distance) / np.mean(phantom.grid.voxel_mm) + 0.5, 0, 1)
        coverage *= phantom.body
        uptake = max(2.0, phantom.activity[z, y, x] * rng.uniform(2, 8))
        phantom.activity += coverage * (np.minimum(uptake, 20.0) - phantom.activity)
        phantom.lesions[coverage > 0.5] = index
