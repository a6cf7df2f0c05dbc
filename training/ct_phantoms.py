"""Phantoms from real CT: a labelled torso (TotalSegmentator numbering) and unlabelled limbs."""

from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.ndimage import binary_fill_holes, binary_opening, label, map_coordinates

from phantoms import (MU_BONE, MU_LUNG, MU_SOFT, REGION_LABEL, Grid, Phantom, Setting, add_lesions,
                      add_texture, deformed_coordinates)

TORSO_CLASSES = {  # region or None: (codes, SUV, relative spread)
    "muscle": (range(80, 90), 0.7, 0.1), "vessels": (range(52, 69), 1.6, 0.1),
    "bones": ((25, 26, 75, 76, 77, 78), 1.2, 0.2), "bowel": ((18, 19, 20), 1.5, 0.4),
    "bladder": ((21,), 12.0, 0.5), "gallbladder": ((4,), 0.6, 0.2), "pancreas": ((7,), 1.5, 0.2),
    "adrenals": ((8, 9), 1.6, 0.2), "heart": ((51, 61), 2.5, 0.4), "liver": ((5,), 2.2, 0.18),
    "spleen": ((1,), 1.8, 0.15), "lungs": (range(10, 15), 0.45, 0.2),
    "stomach": ((6,), 1.5, 0.3), "kidneys": ((2, 3, 23, 24), 3.5, 0.4),
    "spine": ((*range(27, 51), 79), 1.6, 0.2), "ribs": (range(92, 116), 1.0, 0.2),
}
BONY_HU, FAT_HU, AIR_HU = 250, -30, -400


@lru_cache(maxsize=4)
def load_ct(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """A CT or its labels as (z, y, x) in RAS order, with the voxel size in mm (z, y, x)."""
    image = nib.as_closest_canonical(nib.load(path))
    volume = np.asarray(image.dataobj).transpose(2, 1, 0).astype(np.int16)
    return volume, np.array(image.header.get_zooms()[2::-1], float)


def body_mask(hounsfield: np.ndarray) -> np.ndarray:
    """The largest object above air, slice by slice filled; tables fall away by opening."""
    solid = binary_opening(hounsfield > AIR_HU, iterations=2)
    parts, _ = label(solid)
    largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    return np.stack([binary_fill_holes(section) for section in largest])


def resample(volumes, voxel_mm, centre_mm, points):
    """Nearest neighbours of each (volume, fill value) at `points` (mm) around `centre_mm`."""
    index = (points + centre_mm[:, None, None, None]) / voxel_mm[:, None, None, None]
    return [map_coordinates(volume, index, order=0, mode="constant", cval=fill)
            for volume, fill in volumes]


def hounsfield_maps(hounsfield, body, rng):
    """FDG uptake and attenuation of unlabelled tissue from its CT number."""
    activity, mu = np.zeros((2, *body.shape), np.float32)
    classes = (((body, 0.7, MU_SOFT), (body & (hounsfield < FAT_HU), 0.3, 0.09),
                (body & (hounsfield < AIR_HU), 0.45, MU_LUNG),
                (body & (hounsfield > BONY_HU), 1.0, MU_BONE)))
    for mask, suv, attenuation in classes:
        activity[mask] = suv * rng.uniform(0.7, 1.3)
        mu[mask] = attenuation
    return activity, mu


def build_ct_torso(ct_path: Path, labels_path: Path, rng: np.random.Generator,
                   setting: Setting | None = None) -> Phantom:
    """A randomly deformed window of the labelled torso, on a grid of 3.4 to 4.5 mm or as `setting` says."""
    hounsfield, voxel_mm = load_ct(ct_path)
    labels, _ = load_ct(labels_path)
    if setting:
        grid = setting.grid(392.0)
    else:
        side = int(rng.choice([88, 96, 112]))
        plane_mm = 392.0 / side
        grid = Grid((48, side, side), (rng.uniform(3.0, 4.5), plane_mm, plane_mm))
    centre = np.array(labels.shape) * voxel_mm / 2
    reach = grid.shape[0] * grid.voxel_mm[0] / 2
    centre[0] = rng.uniform(reach, labels.shape[0] * voxel_mm[0] - reach)
    points = deformed_coordinates(grid, rng)
    hounsfield, body, sampled = resample(
        [(hounsfield, -1000), (body_mask(hounsfield).astype(np.int16), 0), (labels, 0)],
        voxel_mm, centre, points)
    body = body > 0
    activity, mu = hounsfield_maps(hounsfield, body, rng)
    regions = np.zeros(grid.shape, np.uint8)
    for name, (codes, suv, spread) in TORSO_CLASSES.items():
        mask = np.isin(sampled, list(codes)) & body
        activity[mask] = suv * np.clip(rng.normal(1, spread), 0.3, 2)
        regions[mask] = REGION_LABEL.get(name, 0)
    add_texture(activity, grid, rng)
    phantom = Phantom(grid, activity, mu, regions, body)
    if setting:
        add_lesions(phantom, setting.lesions, rng, setting.apart_mm)
    else:
        add_lesions(phantom, int(rng.integers(2, 7)), rng)
    return phantom


def build_limbs(path: Path, rng: np.random.Generator, setting: Setting | None = None) -> Phantom:
    """Thighs, pelvis or trunk from an unlabelled CT: tissue classes by CT number, no regions."""
    hounsfield, voxel_mm = load_ct(path)
    extent_mm = min(420.0, 1.1 * hounsfield.shape[2] * voxel_mm[2])
    if setting:
        slices = min(48, int(hounsfield.shape[0] * voxel_mm[0] / setting.voxel_mm[0]) // 4 * 4)
        grid = setting.grid(extent_mm, slices)
    else:
        side = int(rng.choice([88, 96, 112]))
        plane_mm = extent_mm / side
        slices = min(48, int(hounsfield.shape[0] * voxel_mm[0] / 3.0) // 4 * 4)
        grid = Grid((slices, side, side), (3.0 * rng.uniform(1, 1.4), plane_mm, plane_mm))
    points = deformed_coordinates(grid, rng)
    hounsfield, body = resample(
        [(hounsfield, -1000), (body_mask(hounsfield).astype(np.int16), 0)],
        voxel_mm, np.array(hounsfield.shape) * voxel_mm / 2, points)
    body = body > 0
    activity, mu = hounsfield_maps(hounsfield, body, rng)
    add_texture(activity, grid, rng)
    phantom = Phantom(grid, activity, mu, np.zeros(grid.shape, np.uint8), body)
    if setting:
        add_lesions(phantom, setting.lesions, rng, setting.apart_mm)
    else:
        add_lesions(phantom, int(rng.integers(2, 6)), rng)
    return phantom
