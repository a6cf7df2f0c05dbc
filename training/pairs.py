"""Reading simulated pairs back for evaluation."""

from pathlib import Path

import numpy as np
from scipy.ndimage import center_of_mass


def items(folders: list[Path], split: str, limit: int | None = None):
    """The items of a split of each folder as dictionaries of float32 arrays, with their `name`."""
    for folder in folders:
        for path in sorted((folder / split).glob("*.npz"))[:limit]:
            with np.load(path) as file:
                item = {name: file[name] for name in file.files}
            item["kind"], item["name"] = str(item["kind"]), f"{folder.name}/{path.stem}"
            for name in ("standard", "noise_free", "low", "activity"):
                item[name] = item[name].astype(np.float32)
            yield item


def inside_body(item: dict, margin: int = 8) -> tuple:
    """All slices, and of each the rows and columns that hold body, with a margin of voxels."""
    _, *places = np.nonzero(item["body"])
    return ..., *(slice(max(0, place.min() - margin), place.max() + margin + 1) for place in places)


def cropped(item: dict) -> dict:
    """The item inside_body only: what is measured, at a fraction of the cost."""
    cut = inside_body(item)
    return {**item, **{name: item[name][cut] for name in
                       ("standard", "noise_free", "low", "activity", "regions", "lesions", "body")}}


def at_dose(item: dict, dose: float) -> np.ndarray:
    return next(low for low, d in zip(item["low"], item["doses"]) if np.isclose(d, dose))


def block(body: np.ndarray, shape: tuple[int, int, int]) -> tuple[slice, slice, slice]:
    """A block of the given shape around the body's centre, moved inside the image."""
    centre = center_of_mass(body)
    starts = [int(np.clip(round(c) - n // 2, 0, max(total - n, 0))) for c, n, total in zip(centre, shape, body.shape)]
    return tuple(slice(start, start + n) for start, n in zip(starts, shape))
