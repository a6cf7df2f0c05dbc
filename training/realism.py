"""Compare the simulated standard dose with real FDG PET: how noisy, of what texture, with what lesions.

    python realism.py --data ../../shared/data --pairs pairs1 pairs2

Prints the table of SIMULATOR.md: percentiles over images, or over lesions and tumours.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.ndimage import distance_transform_edt

from conditioning import foreground, noise_level
from pairs import items
from real import load

SHELL_MM = (5.0, 15.0)  # from a lesion's edge, what is called its surroundings
PERCENTILES = (10, 50, 90)


def spread(image: np.ndarray, smooth: np.ndarray, threshold: float, axis: int, lag: int) -> float:
    """Relative noise: 1.4826 median |x[i] - 2 x[i+lag] + x[i+2 lag]| / (sqrt(6) b) where b, which is `smooth`, exceeds `threshold`.

    `noise_level` for one axis and any lag. White noise has the same spread at every lag.
    """
    count = image.shape[axis] - 2 * lag
    before, at, after = (image.astype(np.float64).take(range(start, start + count), axis) for start in (0, lag, 2 * lag))
    around = smooth.take(range(lag, lag + count), axis)
    inside = around > threshold
    return 1.4826 * float(np.median(np.abs(before - 2 * at + after)[inside] / (np.sqrt(6) * around[inside])))


def texture(image: np.ndarray) -> dict[str, float]:
    """Noise level, and three ratios that are 1 for white noise."""
    smooth, threshold, _ = foreground(image)
    in_plane, in_plane_2, axial, axial_2 = (spread(image, smooth, threshold, axis, lag) for axis in (2, 0) for lag in (1, 2))
    return {"noise level": noise_level(image), "in-plane, two voxels apart / one": in_plane_2 / in_plane,
            "axial, two apart / one": axial_2 / axial, "axial / in-plane": axial / in_plane}


def lesion(image: np.ndarray, place: np.ndarray, voxel_mm) -> dict[str, float]:
    """SUVmax, SUVmean, and its ratio to the mean of the surroundings, of one lesion of the image."""
    # A box that holds the lesion and its surroundings: the distances in it are those of the whole image.
    reach = [int(np.ceil(SHELL_MM[1] / edge)) for edge in voxel_mm]
    box = tuple(slice(max(0, at.min() - margin), at.max() + margin + 1) for at, margin in zip(np.nonzero(place), reach))
    image, place = image[box], place[box]
    distance = distance_transform_edt(~place, sampling=voxel_mm)
    around = image[(distance > SHELL_MM[0]) & (distance <= SHELL_MM[1])].mean()
    return {"SUVmax": float(image[place].max()), "SUVmean": float(image[place].mean()),
            "SUVmean / surroundings": float(image[place].mean() / max(around, 1e-6))}


def real(data: Path) -> tuple[list[dict], list[dict]]:
    """Texture and tumour of every crop."""
    crops = [load(folder) for folder in sorted((data / "pet/crops").glob("STS_*"))]
    return [texture(suv) for suv, _, _ in crops], [lesion(*crop) for crop in crops]


def simulated(folder: Path) -> tuple[list[dict], list[dict]]:
    """Texture of every standard-dose image of the training split, and its lesions."""
    textures, lesions = [], []
    for item in items([folder], "train"):
        textures.append(texture(item["standard"]))
        numbered = item["lesions"]
        lesions += [lesion(item["standard"], numbered == code, item["voxel_mm"])
                    for code in np.unique(numbered[numbered > 0])]
    return textures, lesions


def row(name: str, rows: list[dict]) -> str:
    """The three percentiles of one figure, as a table's cell."""
    return ", ".join(f"{value:.2f}" for value in np.percentile([row[name] for row in rows], PERCENTILES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../../shared/data"))
    parser.add_argument("--pairs", type=Path, required=True, nargs="+")
    arguments = parser.parse_args()
    columns = {"real": real(arguments.data)} | {folder.name: simulated(folder) for folder in arguments.pairs}
    print("| | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for index, word in enumerate(("images", "lesions")):
        print(f"| {word} | " + " | ".join(str(len(column[index])) for column in columns.values()) + " |")
        for name in columns["real"][index][0]:
            print(f"| {name} | " + " | ".join(row(name, column[index]) for column in columns.values()) + " |")


if __name__ == "__main__":
    main()
