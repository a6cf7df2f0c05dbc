"""Brains as training sees them: real patients kept apart, synthetic volumes, random squares of slices."""

from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from scipy.ndimage import zoom

from conditioning import foreground_scale
from denoisers.mr.model import CONTRASTS, SLICES, UNIT

# Chosen once, by name: the last patient of each collection tests, the one before in the larger collection validates.
PATIENTS = {
    "train": ("openms_patient07", "tcga_du_7294"),
    "validation": ("openms_patient19",),
    "test": ("openms_patient26", "tcga_fg_6692"),
}

# Nothing, fluid, grey matter, white matter, brightest in a normalised T1 image, and how far scanners differ there.
T1_LEVELS, T1_SPREAD = np.array([0, 0.16, 0.7, 1.09, 1.6]), np.array([0, 0.12, 0.18, 0.04, 0.25])


def patient(data: Path, name: str) -> np.ndarray:
    """(T1, T2, FLAIR) of a patient, (3, z, y, x), each over its own foreground mean."""
    images = [nib.load(data / "mr" / name / f"{part}.nii.gz") for part in ("T1", *CONTRASTS)]
    volumes = [np.asarray(image.dataobj).transpose(2, 1, 0).astype(np.float32) for image in images]
    return np.stack([volume / np.float32(foreground_scale(volume)) for volume in volumes])


def patients(data: Path, split: str) -> list[np.ndarray]:
    """All patients of a split."""
    return [patient(data, name) for name in PATIENTS[split]]


def neighbours(volume: np.ndarray, z: int) -> np.ndarray:
    """A slice in the middle of its neighbours; beyond the ends the last is repeated."""
    reach = SLICES // 2
    return volume[np.clip(np.arange(z - reach, z + reach + 1), 0, len(volume) - 1)]


class Squares:
    """Random squares inside brains, mirrored and turned, T1 shaded, remapped and made noisy as another scanner would."""

    def __init__(self, volumes: list[np.ndarray], size: int, seed: int, others=(), share: float = 0.0):
        """`share` of the squares come from the volumes `others`."""
        self.pools, self.share = (volumes, others), share
        self.size, self.rng = size, np.random.default_rng(seed)

    def one(self) -> tuple[np.ndarray, np.ndarray]:
        """(T1 slices, every contrast's slice)."""
        rng, size = self.rng, self.size
        pool = self.pools[int(rng.random() < self.share)]
        volume = pool[rng.integers(len(pool))]
        depth, height, width = volume.shape[1:]
        for _ in range(8):
            z = rng.integers(depth)
            y, x = rng.integers(0, max(height - size, 0) + 1), rng.integers(0, max(width - size, 0) + 1)
            cut = (slice(y, y + size), slice(x, x + size))
            if (volume[(0, z, *cut)] > 0).mean() > 0.3:
                break
        t1 = self.altered(neighbours(volume[0], z)[(slice(None), *cut)].astype(np.float32))
        targets = volume[(slice(1, None), z, *cut)].astype(np.float32)
        both = np.concatenate([t1[:: rng.choice((-1, 1))], targets])
        both = np.pad(both, [(0, 0), *((0, size - n) for n in both.shape[1:])])
        both = np.flip(both, [axis for axis in (1, 2) if rng.random() < 0.5])
        both = both.transpose(0, 2, 1) if rng.random() < 0.5 else both
        return both[:SLICES], both[SLICES:]

    def altered(self, t1: np.ndarray) -> np.ndarray:
        """Other levels of the tissues, another shading and noise; zero stays zero."""
        rng = self.rng
        shade = zoom(rng.normal(0, 1, (3, 3)), [n / 3 for n in t1.shape[1:]], order=1)
        levels = np.maximum.accumulate(T1_LEVELS + rng.uniform(-1, 1, len(T1_LEVELS)) * T1_SPREAD)
        changed = np.interp(t1, T1_LEVELS, levels) * np.exp(rng.normal(0, 0.03) + rng.uniform(0, 0.04) * shade)
        changed = changed + rng.exponential(0.01) * rng.standard_normal(t1.shape)
        return np.where(t1 > 0, changed.clip(min=0), 0).astype(np.float32)

    def batch(self, count: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Every contrast in units of UNIT, and the T1 slices."""
        slices, targets = (torch.from_numpy(np.stack(part)) for part in zip(*(self.one() for _ in range(count))))
        return targets / UNIT, {"slices": slices}
