"""Tune the classical denoisers on the validation split and measure them on the test split.

    python baselines.py --pairs DIR --out OUT/baselines.json

Gaussian, non-local means and BM4D each get one strength a dose: the lowest mean, over the validation
items of the first folder, of NRMSE against the standard dose relative to the untouched image's, so that
quiet items count like loud ones. BM4D takes minutes for a whole image and non-local means some seconds,
so both are measured on a block around the body's centre, and all are tuned on one a little smaller; in
that block every method is measured. "ideal" is what no method can beat on average: the low dose's own
counts, and the noise-free image for those that are missing.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from measures import Detector, lesion_errors, nrmse, psnr, region_errors, ssim
from methods import METHODS
from pairs import at_dose, block, cropped, items
from simulate import DOSES, UNTRAINED_DOSES

ALL_DOSES = tuple(sorted((*DOSES, *UNTRAINED_DOSES), reverse=True))
BLOCK, TUNING_BLOCK, MARGIN = (24, 48, 48), (20, 40, 40), 4  # voxels; the margin is filtered but not measured
WHOLE = ("gaussian",)  # methods quick enough for whole images


def inner(shape) -> tuple[slice, ...]:
    return tuple(slice(MARGIN, n - MARGIN) for n in shape)


def figures(result, item, part=...) -> dict[str, float]:
    """NRMSE, PSNR and SSIM against the standard dose and the noise-free image, in a part of the body."""
    body = item["body"][part]
    measured = {}
    for suffix, name in (("", "standard"), ("_truth", "noise_free")):
        reference = item[name][part]
        for key, measure in (("nrmse", nrmse), ("psnr", psnr), ("ssim", ssim)):
            measured[key + suffix] = measure(result, reference, body)
    return measured


def measure(result, item, detector: Detector, context: dict) -> tuple[dict, list[dict], list[dict]]:
    """One row of figures, and the rows of its regions and its lesions."""
    cut = block(item["body"], BLOCK)
    part = tuple(slice(s.start + MARGIN, s.stop - MARGIN) for s in cut)
    row = {**context, **figures(result, item), **detector.counts(result),
           **{f"block_{key}": value for key, value in figures(result[part], item, part).items()}}
    regions = [{**context, "region": name, "bias": bias}
               for name, bias in region_errors(result, item["standard"], item["regions"]).items()]
    return row, regions, [{**context, **errors} for errors in lesion_errors(result, item)]


def tune(name: str, validation: list[dict], dose: float, start: int) -> int:
    """Index of the strength with the lowest mean NRMSE relative to the untouched image's, climbed to from `start`."""
    method, strengths = METHODS[name]
    seen = {}

    def error(index):
        if index not in seen:
            ratios = []
            for item in validation:
                cut = block(item["body"], TUNING_BLOCK)
                low = at_dose(item, dose)[cut]
                part = inner(low.shape)
                reference, body = item["standard"][cut][part], item["body"][cut][part]
                result = method(low, item["voxel_mm"], strengths[index])
                ratios.append(nrmse(result[part], reference, body) / nrmse(low[part], reference, body))
            seen[index] = np.mean(ratios)
        return seen[index]

    best = start
    while True:
        around = [index for index in (best - 1, best, best + 1) if 0 <= index < len(strengths)]
        better = min(around, key=error)
        if better == best:
            return best
        best = better


def tune_all(name: str, validation: list[dict]) -> dict[float, float]:
    """The strength of each dose, from the highest dose down."""
    tuned, index = {}, 1
    for dose in ALL_DOSES:
        index = tune(name, validation, dose, index)
        tuned[dose] = METHODS[name][1][index]
        print(f"{name} at 1/{1 / dose:.0f}: {tuned[dose]}", flush=True)
    return tuned


def measure_in_block(name: str, strength: float, item: dict, dose: float) -> dict[str, float]:
    """Figures of a method that sees only the block."""
    cut = block(item["body"], BLOCK)
    result = METHODS[name][0](at_dose(item, dose)[cut], item["voxel_mm"], strength)
    part = tuple(slice(s.start + MARGIN, s.stop - MARGIN) for s in cut)
    return {f"block_{key}": value for key, value in figures(result[inner(result.shape)], item, part).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+", help="tuned on the first, measured on all")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tuned", type=Path, help="an earlier output, whose strengths are used again")
    parser.add_argument("--block-items", type=int, default=12, help="test items that BM4D and the like are run on")
    parser.add_argument("--skip", nargs="*", default=[], choices=METHODS)
    arguments = parser.parse_args()
    names = [name for name in METHODS if name not in arguments.skip]
    if arguments.tuned:
        tuned = {name: dict(pairs) for name, pairs in json.loads(arguments.tuned.read_text())["tuned"].items()}
    else:
        validation = list(items(arguments.pairs[:1], "validation"))
        tuned = {name: tune_all(name, validation) for name in names}
    tables = {"rows": [], "regions": [], "lesions": []}
    for number, item in enumerate(map(cropped, items(arguments.pairs, "test"))):
        detector = Detector(item)
        for dose in ALL_DOSES:
            low = at_dose(item, dose)
            results = {"untouched": low, "ideal": dose * low + (1 - dose) * item["noise_free"]}
            results |= {name: METHODS[name][0](low, item["voxel_mm"], tuned[name][dose])
                        for name in names if name in WHOLE}
            context = {"item": item["name"], "kind": item["kind"], "dose": dose}
            for name, result in results.items():
                for table, rows in zip(tables.values(), measure(result, item, detector, {**context, "method": name})):
                    table += rows if isinstance(rows, list) else [rows]
            tables["rows"] += [{**context, "method": name, **measure_in_block(name, tuned[name][dose], item, dose)}
                               for name in names if name not in WHOLE and number < arguments.block_items]
        print(f"{item['name']} {item['kind']} measured", flush=True)
        arguments.out.write_text(json.dumps({"tuned": {name: list(pairs.items()) for name, pairs in tuned.items()},
                                             **tables}))


if __name__ == "__main__":
    main()
