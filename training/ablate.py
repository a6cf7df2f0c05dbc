"""The ablation of chapter 11 (Tables 11.2 and 11.3) on our data, at whatever size there is time for.

    python ablate.py --pairs DIR --out OUT/ablation.json --steps 400

Every variant is trained from scratch with the same steps, patches and seed; those with self-supervision
have first spent `--pretraining` steps on each of the two auto-encoders. All are measured on the first
`--items` phantoms of the test split at the given doses. The last variant is then run with masks
from bad to perfect; with `--graph` nothing is trained and the masks are tried on that exported network.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import binary_erosion

from enhancer import Enhancer
from losses import Weights
from measures import Detector, lesion_errors, nrmse, psnr, ssim
from pairs import at_dose, cropped, inside_body, items
from patches import PatchSampler
from pretrain import SelfSupervision
from train import Recipe, Trainer

PLAIN = Recipe(clean=False, regions=False, weights=Weights(), half=True)
GUARDED = Weights(lesions=2.0, means=0.02)
SHIPPED = replace(GUARDED, structure=0.02, evenness=0.4)

# Name, recipe, whether self-supervision comes first. From "baseline" to "+ structure" as the chapter's
# Table 11.2; the rest are the parts of our own.
VARIANTS = (
    ("baseline", PLAIN, False),
    ("+ self-supervision", PLAIN, True),
    ("+ region-adaptive normalisation", replace(PLAIN, regions=True), True),
    ("+ structural consistency", replace(PLAIN, regions=True, weights=Weights(structure=0.05)), True),
    ("baseline without dose", replace(PLAIN, dose=False), False),
    ("baseline, noise-free target and own counts", replace(PLAIN, clean=True), False),
    ("the same, lesions and means guarded", replace(PLAIN, clean=True, weights=GUARDED), False),
    ("all parts, as shipped", replace(PLAIN, clean=True, regions=True, weights=SHIPPED), True),
)


def shifted(voxels: int):
    return lambda labels: np.roll(labels, (voxels, voxels, voxels), (0, 1, 2))


def eroded(voxels: int):
    return lambda labels: np.where(binary_erosion(labels > 0, iterations=voxels), labels, 0)


# Masks from bad to perfect; the Dice coefficient with the true mask is measured, not assumed.
MASKS = {"shifted by 8 voxels": shifted(8), "shifted by 4 voxels": shifted(4), "shifted by 2 voxels": shifted(2),
         "eroded by 2 voxels": eroded(2), "eroded by 1 voxel": eroded(1), "true": lambda labels: labels,
         "none": lambda labels: None}


def dice(mask, truth) -> float:
    """Overlap of two label maps: twice the voxels that agree on a region over those of both."""
    agree = ((mask == truth) & (truth > 0)).sum()
    return float(2 * agree / max(1, (mask > 0).sum() + (truth > 0).sum()))


def trained(recipe: Recipe, supervised: bool, arguments) -> Trainer:
    """A network trained as a variant says; the same patches for every variant."""
    sampler = PatchSampler([folder / "train" for folder in arguments.pairs], recipe.patch, recipe.seed)
    sampler.items = arguments.items_in_memory
    trainer = Trainer(recipe, sampler, "cpu")
    if supervised:
        stage = SelfSupervision(recipe.size, recipe.rate, recipe.seed)
        for _ in range(arguments.pretraining):
            stage.advance(sampler, recipe.batch)
        trainer.take_over(stage.start())
    for step in range(arguments.steps):
        trainer.advance(step / arguments.steps)
    return trainer


def measured(enhancer: Enhancer, test, doses, use_mask: bool, dose_known: bool, distort=lambda labels: labels) -> dict:
    """Means over the test items: NRMSE, PSNR, SSIM against the standard dose, NRMSE against the truth, lesions.

    `psnr_each` has each item's at each dose, so that variants can be compared image by image.
    """
    rows, lesions, overlaps = [], [], []
    for whole, item, detector in test:
        mask = distort(whole["regions"]) if use_mask else None
        if mask is not None and whole["regions"].any():
            overlaps.append(dice(mask, whole["regions"]))
        for dose in doses:
            result = enhancer(at_dose(whole, dose), whole["voxel_mm"], float(np.log2(1 / dose)) if dose_known else 0.0,
                              mask)[inside_body(whole)]
            standard, body = item["standard"], item["body"]
            rows.append({"nrmse": nrmse(result, standard, body), "psnr": psnr(result, standard, body),
                         "ssim": ssim(result, standard, body), "nrmse_truth": nrmse(result, item["noise_free"], body),
                         **detector.counts(result)})
            lesions += [error["suv_mean"] for error in lesion_errors(result, item) if error["diameter_mm"] >= 8]
    means = {key: float(np.mean([row[key] for row in rows])) for key in ("nrmse", "psnr", "ssim", "nrmse_truth")}
    counts = {key: sum(row[key] for row in rows) for key in ("shown", "lost", "invented")}
    return {**means, **counts, "psnr_each": [row["psnr"] for row in rows], "lesion_bias": float(np.mean(lesions)), "dice": float(np.mean(overlaps)) if overlaps else None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--graph", type=Path, help="an exported network, for the masks alone")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--pretraining", type=int, default=200)
    parser.add_argument("--patch", type=int, default=24)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--items", type=int, default=6, help="of the test split")
    parser.add_argument("--doses", type=float, nargs="+", default=[1 / 4, 1 / 15])
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    loader = PatchSampler([folder / "train" for folder in arguments.pairs], arguments.patch, 0)
    if not arguments.graph:
        loader.refresh()
    arguments.items_in_memory = loader.items
    test = [(whole, cropped(whole)) for whole in items(arguments.pairs[:1], "test", arguments.items)]
    test = [(whole, item, Detector(item)) for whole, item in test]
    result = {"steps": arguments.steps, "pretraining": arguments.pretraining, "patch": arguments.patch,
              "batch": arguments.batch, "items": len(test), "doses": arguments.doses, "variants": [], "masks": []}
    enhancer = Enhancer.from_onnx(arguments.graph) if arguments.graph else None
    for name, recipe, supervised in () if arguments.graph else VARIANTS:
        trainer = trained(replace(recipe, patch=arguments.patch, batch=arguments.batch), supervised, arguments)
        enhancer = Enhancer.from_net(trainer.averaged())
        result["variants"].append({"name": name, **measured(enhancer, test, arguments.doses, recipe.regions, recipe.dose)})
        print(result["variants"][-1], flush=True)
        arguments.out.write_text(json.dumps({"ablation": result}, indent=1))
    for name, distort in MASKS.items():
        result["masks"].append({"name": name, **measured(enhancer, test, arguments.doses, True, True, distort)})
        print(result["masks"][-1], flush=True)
        arguments.out.write_text(json.dumps({"ablation": result}, indent=1))


if __name__ == "__main__":
    main()
