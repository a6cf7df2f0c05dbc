"""The volumes that ct-generate is trained on and measured against: CT as it is, heads rendered from label maps.

Every volume is one patient's, or one head's. Those of `HELD_OUT` are never trained on.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import binary_dilation, binary_fill_holes, binary_opening, gaussian_filter, label

from ct_phantoms import body_mask, load_ct
from denoisers.ct.model import CLASSES, PIXEL_MM
from heads import load_labels

AIR = -1000
# File, region, first and last slice from below; levels chosen by eye. The chest CT's shoulders leave its field of view,
# the torso's lowest slices show a metal hip.
TORSOS = (
    ("chest/LIDC-IDRI-0314_half.nii.gz", "abdomen", 0, 26),
    ("chest/LIDC-IDRI-0314_half.nii.gz", "chest", 27, 112),
    ("abdomen/CRLM-CT-1004_256.nii.gz", "abdomen", 0, 27),
    ("abdomen/CRLM-CT-1004_256.nii.gz", "chest", 29, 40),
    ("torso/example_ct.nii.gz", "pelvis", 16, 48),
    ("torso/example_ct.nii.gz", "abdomen", 52, 106),
)
# The others of the collection are cut on several sides, or show more of the trunk than of the limb.
LIMBS = (8, 10, 19, 22, 23, 25, 28, 32, 33, 34, 35, 38, 44, 47, 51)
LONGEST_CUT = 0.32  # of a limb's outline, as that of a disc of its area, that may lie on the edge of its crop
HEADS = range(1, 17)
HELD_OUT = {"CRLM-CT-1004_256", "head_14", "head_15", "head_16"} | {f"STS_{n:03}_CT_half" for n in (22, 34, 38, 51)}
# CT numbers of head labels; FreeSurfer numbering, 5xx outside the brain. Typical values, not measured on these heads.
HEAD_HU = {
    28: (2, 41, 7, 46, 16, 28, 60, 85, 251, 252, 253, 254, 255), 37: (3, 42, 8, 47, 17, 53, 18, 54),
    40: (10, 49, 11, 50, 12, 51, 13, 52, 26, 58), 8: (4, 43, 5, 44, 14, 15, 24), 1000: (515,), 450: (516, 502, 530),
    10: (506,), 45: (509, 514, 512), 30: (507,), 20: (511,),
}
BRAIN = (2, 41, 3, 42, 7, 46)


@dataclass
class Volume:
    """A patient's slices of one region, in RAS order."""

    name: str
    region: int
    above_air: torch.Tensor  # CT numbers less that of air, (z, y, x); 0 outside the body
    voxel_mm: np.ndarray
    slices: np.ndarray  # the indices that may be the middle of a training slice
    centres: np.ndarray  # of the body in each slice of the volume, (z, 2), in voxels

    @property
    def held_out(self) -> bool:
        """Whether it is kept from training."""
        return self.name in HELD_OUT


def volume(name: str, region: str, hounsfield: np.ndarray, body: np.ndarray, voxel_mm: np.ndarray, slices) -> Volume:
    """Air put around the body, detail finer than the pixels of training removed."""
    clean = np.where(body, hounsfield, AIR).astype(np.float32)
    blur = 0.4 * np.sqrt(np.maximum(PIXEL_MM**2 - voxel_mm**2, 0)) / voxel_mm
    clean = gaussian_filter(clean, (0, *blur[1:]))
    centres = np.empty((len(body), 2))
    for z, section in enumerate(body):
        rows, columns = np.flatnonzero(section.any(1)), np.flatnonzero(section.any(0))
        middle = lambda found, size: (found[0] + found[-1]) / 2 if len(found) else size / 2
        centres[z] = middle(rows, section.shape[0]), middle(columns, section.shape[1])
    return Volume(name, CLASSES.index(region), torch.from_numpy(clean - AIR), voxel_mm, np.array(slices), centres)


def limb_body(section: np.ndarray) -> np.ndarray:
    """The largest object of a slice; couch and the other limb fall away by opening."""
    parts, count = label(binary_opening(section > -250, iterations=3))
    if not count:
        return np.zeros(section.shape, bool)
    largest = parts == np.bincount(parts.ravel())[1:].argmax() + 1
    return binary_fill_holes(binary_dilation(largest) & (section > -500))


def cut_share(body: np.ndarray) -> float:
    """How much of a body's outline lies on the edge of the image; the outline is that of a disc of its area."""
    edge = body[0].sum() + body[-1].sum() + body[:, 0].sum() + body[:, -1].sum()
    return float(edge / (2 * np.sqrt(np.pi * max(body.sum(), 1))))


def limb(path: Path) -> Volume | None:
    """The slices of a limb that its crop cuts little, if there are any."""
    hounsfield, voxel_mm = load_ct(path)
    body = np.stack([limb_body(section) for section in hounsfield])
    slices = [z for z, section in enumerate(body) if section.sum() > 500 and cut_share(section) < LONGEST_CUT]
    return volume(path.name.removesuffix(".nii.gz"), "limb", hounsfield, body, voxel_mm, slices) if slices else None


def head(path: Path) -> Volume:
    """A label map rendered in CT numbers, from the lowest slice of the brain to the highest."""
    labels = load_labels(path)
    table = np.full(labels.max() + 1, 35, np.float32)
    table[0] = AIR
    for value, codes in HEAD_HU.items():
        table[[code for code in codes if code < len(table)]] = value
    brain = np.flatnonzero(np.isin(labels, BRAIN).any((1, 2)))
    rendered = gaussian_filter(table[labels], 0.8)[::2, ::2, ::2]
    name = path.name.removesuffix(".nii.gz")
    slices = range((brain[0] + 1) // 2, brain[-1] // 2 + 1)
    return volume(name, "head", rendered, rendered > AIR + 1, np.full(3, 2.0), slices)


def load(data: Path) -> list[Volume]:
    """Every volume there is, one for each region of a patient."""
    volumes = [head(data / f"phantoms/heads/head_{n:02}.nii.gz") for n in HEADS]
    for file, region, first, last in TORSOS:
        hounsfield, voxel_mm = load_ct(data / "ct" / file)
        name = Path(file).name.removesuffix(".nii.gz")
        volumes.append(volume(name, region, hounsfield, body_mask(hounsfield), voxel_mm, range(first, last + 1)))
    limbs = (limb(data / f"ct/limbs/STS_{n:03}_CT_half.nii.gz") for n in LIMBS)
    return volumes + [found for found in limbs if found]
