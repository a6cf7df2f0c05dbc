"""Head phantoms from whole-head label maps (FreeSurfer numbering, 5xx outside the brain)."""

from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import map_coordinates

from phantoms import (MU_BONE, MU_SOFT, REGION_LABEL, Grid, Phantom, Setting, add_lesions,
                      add_texture, deformed_coordinates)

# FDG uptake relative to cortical grey matter; both hemispheres share a value.
RELATIVE_UPTAKE = {
    0.25: (2, 41, 7, 46), 1.0: (3, 42, 26, 58), 0.85: (8, 47), 1.05: (10, 49), 1.1: (11, 50),
    1.15: (12, 51), 0.8: (13, 52), 0.6: (16, 28, 60), 0.75: (17, 53, 18, 54),
    0.03: (4, 43, 5, 44, 14, 15), 0.05: (24,), 0.9: (136, 137, 163, 164),
    0.10: (515,), 0.15: (516, 502, 530), 0.35: (506,), 0.3: (509,), 0.28: (514, 512),
}
SKULL = (515, 516)
SOFT_TISSUE_UPTAKE = 0.12


@lru_cache(maxsize=2)
def load_labels(path: Path) -> np.ndarray:
    """A head's labels as (z, y, x) at 1 mm, in RAS order."""
    image = nib.as_closest_canonical(nib.load(path))
    return np.asarray(image.dataobj).transpose(2, 1, 0).astype(np.int16)


def build_head(path: Path, rng: np.random.Generator, setting: Setting | None = None) -> Phantom:
    """A randomly deformed head with random regional uptake, on a grid of 2 to 2.6 mm or as `setting` says."""
    labels = load_labels(path)
    if setting:
        grid = setting.grid(240.0)
    else:
        side = int(rng.choice([96, 104, 112]))
        plane_mm = 236.0 / side * rng.uniform(0.98, 1.06)
        slice_mm = rng.uniform(2.0, 3.3)
        grid = Grid((48, side, side), (slice_mm, plane_mm, plane_mm))

    points = deformed_coordinates(grid, rng, elastic_mm=2.0)
    occupied = np.argwhere(labels[::4, ::4, ::4] > 0) * 4
    brain = np.argwhere(np.isin(labels[::4, ::4, ::4], (2, 41, 3, 42, 7, 46))) * 4
    centre = np.array([0, *(occupied.min(0) + occupied.max(0))[1:] / 2])
    centre[0] = rng.uniform(brain[:, 0].min() + 40, brain[:, 0].max() - 30)
    index = points + centre[:, None, None, None]
    sampled = map_coordinates(labels, index, order=0, mode="constant", cval=0)

    body = sampled > 0
    grey_matter_suv = rng.uniform(5, 10)
    activity = np.where(body, SOFT_TISSUE_UPTAKE * rng.uniform(0.7, 1.3), 0).astype(np.float32)
    for uptake, codes in RELATIVE_UPTAKE.items():
        for code in codes:
            activity[sampled == code] = uptake * rng.normal(1, 0.08)
    activity *= grey_matter_suv
    add_texture(activity, grid, rng)

    mu = np.where(body, MU_SOFT, 0).astype(np.float32)
    mu[np.isin(sampled, SKULL)] = MU_BONE + 0.01
    regions = np.zeros(grid.shape, np.uint8)
    regions[sampled == 512] = REGION_LABEL["spine"]
    phantom = Phantom(grid, activity, mu, regions, body)
    if setting:
        add_lesions(phantom, setting.lesions, rng, setting.apart_mm)
    else:
        add_lesions(phantom, int(rng.integers(0, 3)), rng)
    return phantom
