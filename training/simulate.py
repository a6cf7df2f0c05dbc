"""Simulate low-dose and standard-dose PET pairs.

    python simulate.py --data ../../shared/data --out DIR --series 2 --split train --first 0 --count 100

The first series is that of version 1. The second has a PSF of 4 to 6 mm that half of the reconstructions
model, two voxel sizes, and many lesions kept apart. The third is the second with counts that follow from
scanner, injection and time instead of being the same for a head as for a torso. Item `index` of a split of a series always yields the
same file. Each file holds, in SUV and float16:
`standard`, `noise_free` (reconstruction of the expected counts), `low` (one image a dose, with
`doses` and `noise`), and `activity`, `regions`, `lesions`, `body`, `voxel_mm`, `kind`.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import numpy as np

from conditioning import noise_level
from ct_phantoms import build_ct_torso, build_limbs
from heads import build_head
from phantoms import Setting
from physics import Protocol, acquire, reconstruct, thin
from torsos import build_torso

DOSES = (1 / 2, 1 / 4, 1 / 10, 1 / 20)
UNTRAINED_DOSES = (1 / 3, 1 / 15)  # simulated for validation and test only
SPLIT_SEED = {"train": 1, "validation": 2, "test": 3}
HEADS = {"train": range(1, 12), "validation": range(12, 14), "test": range(14, 17)}
LIMBS_HELD_OUT = 8  # the last CTs of limbs are for validation, never for training

# Voxels of the second series, (z, y, x) in mm: as two common makes of scanner have them.
VOXELS = {"fine": (3.27, 2.73, 2.73), "coarse": (4.0, 4.07, 4.07)}
LESIONS = {"head": (2, 6), "torso": (8, 15), "limbs": (5, 10), "ct-torso": (8, 15)}

# The kinds of phantom of each split, cycled. The labelled CT torso is only ever tested on.
KINDS = {
    "train": ("torso", "head", "torso", "limbs", "torso"),
    "validation": ("torso", "head", "limbs"),
    "test": ("torso", "head", "ct-torso"),
}


def build_phantom(kind: str, split: str, data: Path, rng: np.random.Generator, setting: Setting | None = None):
    """A phantom of the given kind from the anatomy that belongs to the split."""
    if kind == "torso":
        return build_torso(rng, setting)
    if kind == "head":
        return build_head(data / f"phantoms/heads/head_{rng.choice(HEADS[split]):02d}.nii.gz", rng, setting)
    if kind == "ct-torso":
        folder = data / "ct/torso"
        return build_ct_torso(folder / "example_ct.nii.gz", folder / "example_ct_seg117.nii.gz", rng, setting)
    scans = sorted((data / "ct/limbs").glob("*.nii.gz"))
    scans = scans[:-LIMBS_HELD_OUT] if split == "train" else scans[-LIMBS_HELD_OUT:]
    return build_limbs(scans[rng.integers(len(scans))], rng, setting)


def simulate_pair(phantom, protocol: Protocol, doses, rng: np.random.Generator) -> dict:
    """Standard dose, noise-free and low-dose reconstructions of one phantom."""
    scan = acquire(phantom, protocol, rng)
    low = [reconstruct(scan, phantom, protocol, thin(scan.counts, dose, rng), dose)
           for dose in doses]
    return {
        "standard": reconstruct(scan, phantom, protocol, scan.counts),
        "noise_free": reconstruct(scan, phantom, protocol, scan.expected),
        "low": np.stack(low),
    }


def simulate_item(series: int, split: str, index: int, data: Path) -> dict:
    """Item `index` of a split of a series, reproducible from these three alone."""
    kind = KINDS[split][index % len(KINDS[split])]
    if series == 1:
        rng = np.random.default_rng([SPLIT_SEED[split], index])
        phantom = build_phantom(kind, split, data, rng)
        protocol = Protocol.random(rng)
    else:
        rng = np.random.default_rng([SPLIT_SEED[split], index, series])
        setting = Setting(VOXELS[rng.choice(list(VOXELS))], int(rng.integers(*LESIONS[kind])))
        phantom = build_phantom(kind, split, data, rng, setting)
        protocol = Protocol.second_series(rng) if series == 2 else Protocol.third_series(rng, kind)
    doses = DOSES if split == "test" else (*DOSES, 2 ** -rng.uniform(0.3, np.log2(20)))
    if split != "train":
        doses = (*doses, *UNTRAINED_DOSES)  # last, so that those before stay as they were
    images = simulate_pair(phantom, protocol, doses, rng)
    noise = [noise_level(image) for image in (*images["low"], images["standard"])]
    return {
        **{name: image.astype(np.float16) for name, image in images.items()},
        "doses": np.array(doses), "noise": np.array(noise[:-1]), "standard_noise": noise[-1],
        "activity": phantom.activity.astype(np.float16), "regions": phantom.regions,
        "lesions": phantom.lesions, "body": phantom.body,
        "voxel_mm": np.array(phantom.grid.voxel_mm), "kind": kind,
        "protocol": str(asdict(protocol)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--series", type=int, choices=(1, 2, 3), default=3)
    parser.add_argument("--split", choices=SPLIT_SEED, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()
    folder = arguments.out / arguments.split
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(arguments.first, arguments.first + arguments.count):
        item = simulate_item(arguments.series, arguments.split, index, arguments.data)
        partial = folder / f"{index:04d}.partial"
        with open(partial, "wb") as file:
            np.savez(file, **item)
        partial.rename(folder / f"{index:04d}.npz")
        print(f"{arguments.split} {index} {item['kind']} {item['standard'].shape}", flush=True)


if __name__ == "__main__":
    main()
