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


def spread(image: np.ndarray, axis: int, lag: int) -> float:
    """Relative noise: 1.4826 median |x[i] - 2 x[i+lag] + x[i+2 lag]| / (sqrt(6) b) in the foreground.

    `noise_level` for one axis and any lag. White noise has the same spread at every lag.
    """
    smooth, threshold, _ = foreground(image)
    count = image.shape[axis] - 2 * lag
    before, at, after = (image.astype(np.float64).take(range(start, start + count), axis) for start in (0, lag, 2 * lag))
    around = smooth.take(range(lag, lag + count), axis)
    inside = around > threshold
    return 1.4826 * float(np.median(np.abs(before - 2 * at + after)[inside] / (np.sqrt(6) * around[inside])))


def texture(image: np.ndarray) -> dict[str, float]:
    """Noise level, and three ratios that are 1 for white noise."""
    in_plane, axial = spread(image, 2, 1), spread(image, 0, 1)
    return {"noise level": noise_level(image), "in-plane, two voxels apart / one": spread(image, 2, 2) / in_plane,
            "axial, two apart / one": spread(image, 0, 2) / axial, "axial / in-plane": axial / in_plane}


def lesion(image: np.ndarray, place: np.ndarray, voxel_mm) -> dict[str, float]:
    """SUVmax, SUVmean, and its ratio to the mean of the surroundings, of one lesion of the image."""
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
