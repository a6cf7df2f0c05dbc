"""PET acquisition and reconstruction, slice by slice: projection, PSF, attenuation, scatter,
randoms, Poisson counts, low dose by binomial thinning, OSEM.

Volumes are (z, y, x); sinograms are (angle * bin, z). Lengths in mm, mu in 1/cm.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import scipy.sparse as sparse
from scipy.ndimage import convolve1d, gaussian_filter

SUBSETS = 12
FWHM_PER_SIGMA = 2.3548

# Trues that 1 mL of SUV 1 gives at standard dose before attenuation: efficiency x seconds x Bq/mL. SUV 1 is 2 to 3.6 kBq/mL
# (3 to 5.3 MBq/kg, an hour after injection); a decay within the field of view is detected with an efficiency of 1 %
# (scanners with septa) over 2 to 5 % (without) to 17 % (total body), for 2 to 10 minutes a bed, of the head 5 to 15.
COUNTS_PER_ML = {"body": (6e3, 2.5e5), "head": (2e4, 2.5e5)}


@dataclass(frozen=True)
class Protocol:
    """One scanner and one way of acquiring and reconstructing."""

    psf_mm: float  # intrinsic resolution, FWHM
    counts_per_mm: float  # prompts' trues per mm of axial length at standard dose
    scatter_fraction: float  # scatter / (trues + scatter)
    randoms_ratio: float  # randoms / trues
    iterations: int  # of OSEM with SUBSETS subsets
    filter_mm: float  # in-plane Gaussian after the reconstruction, FWHM, 0 = none
    axial_filter: bool  # 1:4:1 weights along z after the reconstruction
    psf_modelled: bool = False  # whether the reconstruction knows the PSF
    counts_per_ml: float | None = None  # trues per mL of SUV 1, unattenuated, at standard dose; instead of counts_per_mm
    filter_along_z: bool = False  # the Gaussian filters along z too

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Protocol":
        return cls(psf_mm=rng.uniform(4, 7),
                   counts_per_mm=float(np.exp(rng.uniform(np.log(5e4), np.log(3e5)))),
                   scatter_fraction=rng.uniform(0.2, 0.4),
                   randoms_ratio=rng.uniform(0.2, 0.6),
                   iterations=int(rng.integers(2, 5)),
                   filter_mm=float(rng.choice([0, rng.uniform(2, 6)])),
                   axial_filter=bool(rng.integers(2)))

    @classmethod
    def second_series(cls, rng: np.random.Generator) -> "Protocol":
        """As `random`, but a PSF of 4 to 6 mm, known to every other reconstruction."""
        return replace(cls.random(rng), psf_mm=rng.uniform(4, 6), psf_modelled=bool(rng.integers(2)))

    @classmethod
    def third_series(cls, rng: np.random.Generator, kind: str) -> "Protocol":
        """As `second_series`, with counts that follow from scanner, injection and time, and a filter always where
        the PSF is not modelled."""
        psf_modelled = bool(rng.integers(2))
        return replace(cls.second_series(rng), psf_modelled=psf_modelled,
                       counts_per_ml=float(np.exp(rng.uniform(*np.log(COUNTS_PER_ML["head" if kind == "head" else "body"])))),
                       filter_mm=0.0 if psf_modelled and rng.integers(2) else rng.uniform(2, 6),
                       filter_along_z=bool(rng.integers(2)))

    def psf_sigma(self, grid) -> np.ndarray:
        """The PSF's standard deviations in voxels, (z, y, x)."""
        return self.psf_mm / FWHM_PER_SIGMA / np.array(grid.voxel_mm)


def system_matrix(side: int, angles: int, oversample: int = 2) -> sparse.csr_matrix:
    """Pixel-driven parallel projector, (angles * side, side * side), in units of pixels.

    Each pixel is split into oversample^2 points, shared linearly between two detector bins.
    """
    centre = (side - 1) / 2
    y, x = np.meshgrid(np.arange(side) - centre, np.arange(side) - centre, indexing="ij")
    pixels = np.arange(side * side)
    offsets = (np.arange(oversample) - (oversample - 1) / 2) / oversample
    blocks = []
    for angle in np.pi * np.arange(angles) / angles:
        rows, columns, weights = [], [], []
        for dy in offsets:
            for dx in offsets:
                u = ((x + dx) * np.cos(angle) + (y + dy) * np.sin(angle) + centre).ravel()
                lower = np.floor(u).astype(np.int32)
                for bins, weight in ((lower, lower + 1 - u), (lower + 1, u - lower)):
                    valid = (bins >= 0) & (bins < side)
                    rows.append(bins[valid])
                    columns.append(pixels[valid])
                    weights.append(weight[valid] / oversample ** 2)
        block = sparse.coo_matrix(
            (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))),
            shape=(side, side * side), dtype=np.float32)
        blocks.append(block.tocsr())
    return sparse.vstack(blocks, format="csr")


class Projector:
    """The system matrix of one grid, whole and split into ordered subsets of angles."""

    def __init__(self, side: int):
        self.side = side
        self.angles = SUBSETS * round(1.25 * side / SUBSETS)
        self.matrix = system_matrix(side, self.angles)
        angle_of_row = np.arange(self.matrix.shape[0]) // side
        self.subset_rows = [np.flatnonzero(angle_of_row % SUBSETS == k) for k in range(SUBSETS)]
        self.forward = [self.matrix[rows] for rows in self.subset_rows]
        self.backward = [matrix.T.tocsr() for matrix in self.forward]

    def project(self, volume: np.ndarray) -> np.ndarray:
        """Line integrals, in pixels, of every slice: (angle * bin, z)."""
        slices = volume.reshape(len(volume), -1).T
        return self.matrix @ np.ascontiguousarray(slices, dtype=np.float32)

    def osem(self, counts, factors, background, iterations: int, psf=None) -> np.ndarray:
        """Ordered-subsets EM for counts ~ Poisson(factors * projection + background).

        With `psf` (standard deviations in voxels, z y x) the projection is of the blurred image and
        the back projection is blurred, so the reconstruction undoes part of the blur.
        """
        def blur(flat):
            if psf is None:
                return flat
            square = flat.reshape(self.side, self.side, -1)
            return gaussian_filter(square, (psf[1], psf[2], psf[0])).reshape(flat.shape)

        image = np.ones((self.side ** 2, counts.shape[1]), np.float32)
        tiny = np.float32(1e-9)
        sensitivity = [blur(back @ factors[rows])
                       for back, rows in zip(self.backward, self.subset_rows)]
        for _ in range(iterations):
            for k, rows in enumerate(self.subset_rows):
                expected = factors[rows] * (self.forward[k] @ blur(image)) + background[rows]
                ratio = factors[rows] * counts[rows] / np.maximum(expected, tiny)
                image *= blur(self.backward[k] @ ratio) / np.maximum(sensitivity[k], tiny)
        return image.T.reshape(-1, self.side, self.side)


@lru_cache(maxsize=None)
def projector(side: int) -> Projector:
    return Projector(side)


@dataclass
class Acquisition:
    """Expected and observed counts of one standard-dose scan; all (angle * bin, z)."""

    factors: np.ndarray  # counts per unit line integral: attenuation times exposure
    background: np.ndarray  # expected scatter + randoms
    expected: np.ndarray
    counts: np.ndarray


def acquire(phantom, protocol: Protocol, rng: np.random.Generator) -> Acquisition:
    """A standard-dose scan of a phantom.

    Scatter is a wide blur of the trues, randoms are uniform, and both are known exactly to the
    reconstruction; photon non-collinearity and positron range are part of `psf_mm`.
    """
    slice_mm, plane_mm, _ = phantom.grid.voxel_mm
    slices, side, _ = phantom.grid.shape
    device = projector(side)
    sigma = protocol.psf_sigma(phantom.grid)
    attenuation = np.exp(-device.project(phantom.mu) * plane_mm / 10)
    trues = device.project(gaussian_filter(phantom.activity, sigma)) * attenuation
    if protocol.counts_per_ml is None:
        exposure = np.float32(protocol.counts_per_mm * slice_mm * slices / trues.sum())
    else:  # every angle sees the whole activity
        exposure = np.float32(protocol.counts_per_ml * slice_mm * plane_mm**2 / 1000 / device.angles)
    trues *= exposure
    spread = (4, 30 / plane_mm, 30 / slice_mm)
    scatter = gaussian_filter(trues.reshape(device.angles, side, slices), spread)
    ratio = protocol.scatter_fraction / (1 - protocol.scatter_fraction)
    scatter = scatter.reshape(trues.shape) * (ratio * trues.sum() / scatter.sum())
    background = scatter + np.float32(protocol.randoms_ratio * trues.mean())
    expected = trues + background
    counts = rng.poisson(expected).astype(np.float32)
    return Acquisition(attenuation * exposure, background, expected, counts)


def reconstruct(scan: Acquisition, phantom, protocol: Protocol, counts: np.ndarray,
                dose: float = 1.0) -> np.ndarray:
    """OSEM and post-filters of the given counts, which hold `dose` of the standard exposure."""
    slice_mm, plane_mm, _ = phantom.grid.voxel_mm
    dose = np.float32(dose)
    image = projector(phantom.grid.shape[1]).osem(
        counts, dose * scan.factors, dose * scan.background, protocol.iterations,
        protocol.psf_sigma(phantom.grid) if protocol.psf_modelled else None)
    if protocol.filter_mm:
        sigma = protocol.filter_mm / FWHM_PER_SIGMA / plane_mm
        along_z = protocol.filter_mm / FWHM_PER_SIGMA / slice_mm if protocol.filter_along_z else 0
        image = gaussian_filter(image, (along_z, sigma, sigma))
    if protocol.axial_filter:
        image = convolve1d(image, np.array([1, 4, 1]) / 6, axis=0, mode="nearest")
    return image * circular_field_of_view(image.shape[1])


def thin(counts: np.ndarray, dose: float, rng: np.random.Generator) -> np.ndarray:
    """The subset of the same counts that a fraction `dose` of the exposure would have kept."""
    return rng.binomial(counts.astype(np.int64), dose).astype(np.float32)


def circular_field_of_view(side: int) -> np.ndarray:
    """1 inside the circle that every projection angle sees, 0 outside; (y, x)."""
    axis = np.arange(side) - (side - 1) / 2
    return (np.hypot(*np.meshgrid(axis, axis)) < side / 2 - 1).astype(np.float32)
