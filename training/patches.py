"""Training patches cut from simulated pairs: random dose, flips, and masks as users have them."""

from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import binary_erosion

from conditioning import MAX_LOG_DOSE, dose_code, foreground_scale, region_channels

BODY_SHARE = 0.3  # of a patch that lies in the body, if a few tries can find one
LESION_CHANCE = 0.35  # that a patch is placed on a lesion rather than anywhere
MASK_CHANCE = 0.5  # that a patch comes with its mask


def load_item(path: Path, least: int = 1) -> dict:
    """One simulated item, with the normalising scale of each low-dose image and the lesions' voxels.

    Extents below `least` are filled up with empty voxels, as the pipeline fills up its last tile.
    """
    names = ("standard", "noise_free", "low", "doses", "regions", "body", "lesions")
    with np.load(path) as file:
        item = {name: file[name] for name in names}
        kind = str(file["kind"])
    item["scales"] = [foreground_scale(low.astype(np.float32)) for low in item["low"]]
    missing = [(0, max(0, least - extent)) for extent in item["body"].shape]
    for name in names:
        if name != "doses":
            item[name] = np.pad(item[name], [(0, 0)] * (item[name].ndim - 3) + missing)
    item["lesion_voxels"] = np.argwhere(item["lesions"] > 0)
    return {**item, "kind": kind}


def imperfect(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A label map as users have it: as it is, shifted by a voxel or two, or eroded."""
    kind = rng.integers(3)
    if kind == 1:
        return np.roll(labels, tuple(rng.integers(-2, 3, 3)), (0, 1, 2))
    if kind == 2:
        return np.where(binary_erosion(labels > 0), labels, 0)
    return labels


class PatchSampler:
    """Random patches from all items in some folders; items that appear later are picked up."""

    def __init__(self, folders: list[Path], size: int, seed: int):
        self.folders, self.size = folders, size
        self.rng = np.random.default_rng(seed)
        self.items: dict[Path, dict] = {}

    def refresh(self) -> int:
        """Loads new items; returns how many there are."""
        for path in sorted(path for folder in self.folders for path in folder.glob("*.npz")):
            if path not in self.items:
                self.items[path] = load_item(path, self.size)
        return len(self.items)

    def reseed(self, seed: int) -> None:
        """Starts another stream, so that a resumed training does not see the same patches again."""
        self.rng = np.random.default_rng(seed)

    def item(self) -> dict:
        """A random item of a random kind: every kind counts alike, however many items there are of it."""
        kinds = sorted({item["kind"] for item in self.items.values()})
        kind = kinds[self.rng.integers(len(kinds))]
        alike = [item for item in self.items.values() if item["kind"] == kind]
        return alike[self.rng.integers(len(alike))]

    def corner(self, item: dict) -> np.ndarray:
        """Where a patch of the item begins: around a lesion's voxel, or anywhere in the body."""
        rng, size = self.rng, self.size
        last = np.maximum(np.array(item["body"].shape) - size, 0)
        if len(item["lesion_voxels"]) and rng.random() < LESION_CHANCE:
            voxel = item["lesion_voxels"][rng.integers(len(item["lesion_voxels"]))]
            return np.clip(voxel - rng.integers(size // 4, size - size // 4, 3), 0, last)
        for _ in range(8):
            corner = rng.integers(0, last + 1)
            if item["body"][tuple(slice(start, start + size) for start in corner)].mean() > BODY_SHARE:
                break
        return corner

    def patch(self) -> dict[str, np.ndarray]:
        """low, standard and clean (normalised), regions (channels), labels and lesions (integers)."""
        rng = self.rng
        item = self.item()
        which = rng.integers(len(item["doses"]))
        cut = tuple(slice(start, start + self.size) for start in self.corner(item))
        scale = np.float32(item["scales"][which])
        labels = item["regions"][cut]
        mask = imperfect(labels, rng) if rng.random() < MASK_CHANCE else None
        # The user's dose, or one estimated with an error, is never exact.
        log_dose = np.log2(1 / item["doses"][which]) + rng.normal(0, 0.2)
        parts = {name: item[source][cut].astype(np.float32)[None] / scale
                 for name, source in (("standard", "standard"), ("clean", "noise_free"))}
        parts["low"] = item["low"][which][cut].astype(np.float32)[None] / scale
        parts["regions"] = region_channels(mask, labels.shape, dose_code(float(np.clip(log_dose, 0, MAX_LOG_DOSE))))
        parts["labels"], parts["lesions"] = labels[None].astype(np.int64), item["lesions"][cut][None].astype(np.int64)
        axes = [axis for axis in (1, 2, 3) if rng.random() < 0.5]
        turn = rng.random() < 0.5
        return {name: np.flip(np.swapaxes(part, -1, -2) if turn else part, axes) for name, part in parts.items()}

    def batch(self, count: int, device: str = "cpu") -> dict[str, torch.Tensor]:
        """`count` patches as tensors (batch, channel, z, y, x)."""
        patches = [self.patch() for _ in range(count)]
        return {name: torch.from_numpy(np.stack([patch[name] for patch in patches])).to(device) for name in patches[0]}
