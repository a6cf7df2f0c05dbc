"""Synthetic T1, T2 and FLAIR volumes of brains, from label maps and signal equations.

    python -m denoisers.mr.synthetic --data DIR --out DIR --count 24

Tissue times and proton densities lie around values measured at 1.5 and 3 T (Wansapura et al. 1999, Stanisz et al. 2005)
and spread for every volume and label. T1: a spoiled spin echo or an inversion-prepared gradient echo; T2: a spin echo;
FLAIR: an inversion recovery that nulls fluid. Lesions in white matter have longer times.
"""

import argparse
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_closing, gaussian_filter, zoom

from conditioning import foreground_scale
from heads import load_labels

# T1 and T2 in seconds, proton density relative to water; labels of both hemispheres.
GREY, FLUID = (1.33, 0.100, 0.82), (4.2, 1.8, 1.0)
TISSUES = {
    (2, 41): (0.85, 0.075, 0.70), (3, 42, 26, 58): GREY, (4, 5, 14, 15, 24, 43, 44, 72): FLUID,
    (7, 46): (0.87, 0.076, 0.71), (8, 47): (1.30, 0.098, 0.82), (10, 49): (1.15, 0.085, 0.78),
    (11, 50): (1.25, 0.090, 0.80), (12, 51): (1.20, 0.085, 0.79), (13, 52): (1.00, 0.068, 0.75),
    (16, 28, 60, 85): (0.95, 0.080, 0.73), (17, 18, 53, 54): (1.36, 0.105, 0.83),
    (30, 62, 136, 137, 163, 164): GREY, (25, 57): (1.2, 0.12, 0.8),
}
WHITE, OUTER_FLUID = (2, 41), 24


def brain(path: Path, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels and mask of a brain with the fluid of its furrows, as (z, y, x), at a random size and cropped."""
    labels = load_labels(path)
    tissue = np.isin(labels, [label for group in TISSUES for label in group if label != OUTER_FLUID])
    box = tuple(slice(max(lo - 4, 0), hi + 5) for lo, hi in zip(*(f(np.argwhere(tissue), 0) for f in (np.min, np.max))))
    factor = rng.uniform(0.88, 1.08, 3)
    labels, tissue = (zoom(part[box], factor, order=0) for part in (labels, tissue))
    mask = binary_closing(np.pad(tissue, 6), iterations=5)[6:-6, 6:-6, 6:-6]
    mask &= tissue | (labels == OUTER_FLUID)
    return labels, mask


def fields(labels: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """T1, T2 and proton density of every voxel, with lesions."""
    maps = [np.full(labels.max() + 1, value, np.float32) for value in GREY]
    strength = rng.uniform(0.8, 1.25), rng.uniform(0.85, 1.15), 1.0
    for group, values in TISSUES.items():
        for label in group:
            if label < len(maps[0]):
                for table, value, common in zip(maps, values, strength):
                    table[label] = value * common * rng.normal(1, 0.04)
    maps = [table[labels] for table in maps]
    white = np.argwhere(np.isin(labels, WHITE))
    for _ in range(rng.integers(0, 15)):
        centre, radius = white[rng.integers(len(white))], rng.uniform(1.5, 5)
        grid = np.ogrid[tuple(slice(0, n) for n in labels.shape)]
        blob = sum(((axis - c) / rng.uniform(0.7, 1.4)) ** 2 for axis, c in zip(grid, centre)) < radius**2
        blob &= np.isin(labels, WHITE)
        maps[0][blob] *= rng.uniform(1.1, 1.9)
        maps[1][blob] *= rng.uniform(1.3, 2.6)
        maps[2][blob] *= rng.uniform(1.0, 1.2)
    return maps


def contrasts(t1: np.ndarray, t2: np.ndarray, density: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Noise-free T1, T2 and FLAIR signals."""
    def inversion(ti, tr):
        return np.abs(1 - 2 * np.exp(-ti / t1) + np.exp(-tr / t1))

    if rng.random() < 0.5:
        first = (1 - np.exp(-rng.uniform(0.4, 0.8) / t1)) * np.exp(-rng.uniform(0.008, 0.016) / t2)
    else:
        first = inversion(rng.uniform(0.85, 1.1), rng.uniform(1.9, 2.5))
    second = (1 - np.exp(-rng.uniform(3, 6) / t1)) * np.exp(-rng.uniform(0.08, 0.11) / t2)
    tr = rng.uniform(8, 11)
    fluid = 4.2 * rng.uniform(0.95, 1.05)
    ti = fluid * (np.log(2) - np.log(1 + np.exp(-tr / fluid)))
    third = inversion(ti, tr) * np.exp(-rng.uniform(0.10, 0.15) / t2)
    return [density * part for part in (first, second, third)]


def acquired(signal: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With a blur, a receiver's slow shading, Rician noise and the brain cut out, over its foreground mean."""
    signal = gaussian_filter(np.where(mask, signal, 0), rng.uniform(0.45, 0.85))
    shade = zoom(rng.normal(0, 1, (4, 4, 4)), [n / 4 for n in signal.shape], order=3)
    signal = signal * np.exp(rng.uniform(0, 0.08) * shade)
    sigma = rng.uniform(0.005, 0.03) * np.percentile(signal[mask], 90)
    noisy = np.hypot(signal + sigma * rng.standard_normal(signal.shape), sigma * rng.standard_normal(signal.shape))
    image = np.where(mask, noisy, 0).astype(np.float32)
    return image / foreground_scale(image)


def volume(path: Path, rng: np.random.Generator) -> np.ndarray:
    """(T1, T2, FLAIR) of one brain: (3, z, y, x) in float16."""
    labels, mask = brain(path, rng)
    return np.stack([acquired(signal, mask, rng) for signal in contrasts(*fields(labels, rng), rng)]).astype(np.float16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=24)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    heads = sorted((given.data / "phantoms/heads").glob("*.nii.gz"))
    for index in range(given.count):
        made = volume(heads[index % len(heads)], np.random.default_rng([20, index]))
        np.save(given.out / f"{index:03}.npy", made)
        print(index, made.shape, flush=True)


if __name__ == "__main__":
    main()
