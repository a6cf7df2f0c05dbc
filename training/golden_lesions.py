"""Make the golden image pair of `Detector`, against which `crates/imaging` checks its twin.

    python golden_lesions.py

Writes `goldens/lesions.npz`: the images, the contrast of the result, and the counts of each way of knowing the lesions.
"""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from measures import Detector

GOLDEN = Path(__file__).parent / "goldens/lesions.npz"
SHAPE, VOXEL_MM = (15, 30, 32), (4.0, 3.2, 3.2)
# Centre, radius in voxels, height above the body's 1: noise-free, in the standard dose, in the result.
BALLS = (
    ((7, 9, 9), 2.2, 4.0, 4.0, 3.0),  # kept
    ((7, 9, 22), 2.2, 3.0, 3.0, 0.2),  # lost
    ((7, 20, 9), 2.0, 0.3, 0.3, 0.3),  # too faint to show
    ((8, 20, 22), 2.0, 0.0, 0.0, 3.0),  # invented
    ((7, 29, 16), 1.5, 0.0, 0.0, 2.0),  # too near to the body's edge to count
    ((12, 18, 12), 2.0, 1.0, 1.0, 0.0),  # moved: what the result has
    ((12, 18, 16), 2.0, 0.0, 0.0, 1.0),  # lies within 8 mm of it, so it is neither lost nor invented
    ((2, 15, 16), 2.0, 1.5, 0.0, 2.5),  # there, though the standard dose lacks it: invented only where no truth is known
)
LESIONS = 3  # the first so many are drawn
# What is known of the lesions and of the truth: the fields that an item has.
KNOWN = {"all": ("noise_free", "lesions"), "no_lesions": ("noise_free",), "standard_only": ()}


def images() -> dict[str, np.ndarray]:
    """Standard dose, noise-free image, result, lesions and body: balls in noise, each image's own."""
    z, y, x = np.indices(SHAPE)
    # Activity goes on outside the body, so that its edge alone shows nothing.
    body = np.broadcast_to(((y - 14.5) / 14) ** 2 + ((x - 15.5) / 15) ** 2 <= 1, SHAPE)
    balls = [sum((axis - c) ** 2 for axis, c in zip((z, y, x), centre)) <= radius**2 for centre, radius, *_ in BALLS]
    rng = np.random.default_rng(11)

    def image(column: int, noise: float) -> np.ndarray:
        filled = 1 + noise * gaussian_filter(rng.standard_normal(SHAPE), 0.7)
        filled += sum(ball[column] * inside for ball, inside in zip(BALLS, balls))
        return (np.round(64 * filled) / 64).astype(np.float32)  # few digits: a small file

    lesions = sum((code + 1) * inside for code, inside in enumerate(balls[:LESIONS]))
    return {"standard": image(3, 0.2), "noise_free": image(2, 0), "result": image(4, 0.3),
            "lesions": lesions.astype(np.uint8), "body": body.astype(np.uint8)}


def golden() -> dict[str, np.ndarray]:
    """The images, the result's contrast, and (shown, lost, invented) for each of KNOWN."""
    made = images()
    item = made | {"voxel_mm": np.array(VOXEL_MM), "body": made["body"] > 0}
    counts = {}
    for name, fields in KNOWN.items():
        seen = {key: item[key] for key in ("voxel_mm", "body", "standard", *fields)}
        counts[f"counts_{name}"] = np.array(list(Detector(seen).counts(made["result"]).values()), np.uint8)
    contrast = Detector(item).contrast(made["result"]).astype(np.float32)
    return made | {"contrast": contrast} | counts


if __name__ == "__main__":
    np.savez_compressed(GOLDEN, **golden())
