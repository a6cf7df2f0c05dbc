"""Training patches cut from simulated pairs: random dose, flips, and masks as users have them."""

from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import binary_erosion

from conditioning import dose_code, foreground_scale, region_channels


def load_item(path: Path) -> dict:
    """One simulated item as float32 arrays, with the normalising scale of each low-dose image."""
    with np.load(path) as file:
        item = {name: file[name] for name in ("standard", "low", "doses", "regions", "body")}
    item["standard"] = item["standard"].astype(np.float32)
    item["scales"] = [foreground_scale(low.astype(np.float32)) for low in item["low"]]
    return item


def imperfect(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A label map as users have it: as it is, shifted by a voxel or two, or eroded."""
    kind = rng.integers(3)
    if kind == 1:
        return np.roll(labels, tuple(rng.integers(-2, 3, 3)), (0, 1, 2))
    if kind == 2:
        return np.where(binary_erosion(labels > 0), labels, 0)
    return labels


class PatchSampler:
    """Random patches from all items in a folder; items that appear later are picked up."""

    def __init__(self, folder: Path, size: int, seed: int):
        self.folder, self.size = folder, size
        self.rng = np.random.default_rng(seed)
        self.items: dict[Path, dict] = {}

    def refresh(self) -> int:
        """Loads new items; returns how many there are."""
        for path in sorted(self.folder.glob("*.npz")):
            if path not in self.items:
                self.items[path] = load_item(path)
        return len(self.items)

    def patch(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(low, regions, standard), normalised; centred on the body more often than not."""
        rng, size = self.rng, self.size
        item = list(self.items.values())[rng.integers(len(self.items))]
        which = rng.integers(len(item["doses"]))
        shape = np.array(item["standard"].shape)
        for _ in range(8):
            corner = rng.integers(0, np.maximum(shape - size, 0) + 1)
            cut = tuple(slice(start, start + size) for start in corner)
            if item["body"][cut].mean() > 0.3:
                break
        scale = np.float32(item["scales"][which])
        low = item["low"][which][cut].astype(np.float32) / scale
        standard = item["standard"][cut] / scale
        labels = imperfect(item["regions"][cut], rng) if rng.random() < 0.5 else None
        # The user's dose, or one estimated with an error, is never exact.
        log_dose = np.log2(1 / item["doses"][which]) + rng.normal(0, 0.2)
        regions = region_channels(labels, low.shape, dose_code(float(np.clip(log_dose, 0, np.log2(20)))))
        axes = [axis for axis in (0, 1, 2) if rng.random() < 0.5]
        if rng.random() < 0.5:
            low, standard, regions = (np.swapaxes(a, -1, -2) for a in (low, standard, regions))
        return np.flip(low, axes), np.flip(regions, [axis + 1 for axis in axes]), np.flip(standard, axes)

    def batch(self, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """`count` patches as tensors (batch, channel, z, y, x)."""
        low, regions, standard = (np.stack(part) for part in zip(*(self.patch() for _ in range(count))))
        tensor = lambda array: torch.from_numpy(np.ascontiguousarray(array))
        return tensor(low[:, None]), tensor(regions), tensor(standard[:, None])
