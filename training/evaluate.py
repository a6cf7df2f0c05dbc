"""Measure an exported generator on the held-out phantoms of one or more series.

    python evaluate.py --pairs DIR... --graph OUT/int8.onnx --name int8 --out OUT/int8.json

The tables it writes have the rows of baselines.py, so `card.py` sets both side by side. `--conditions`
names what the network is told: the true dose, the phantom's own mask besides, or a dose estimated from
the image's noise. `--no-recovery` leaves contrast recovery out.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from baselines import ALL_DOSES, measure
from conditioning import estimate_log_dose, fit_dose, noise_level
from enhancer import Enhancer, Recovery
from measures import Detector
from pairs import at_dose, cropped, inside_body, items

CONDITIONS = ("dose", "mask", "estimated")


def fit_dose_estimate(folders: list[Path]) -> tuple[float, float]:
    """The line from noise to dose, on the training splits of all series, the standard dose included."""
    noise, doses = [], []
    for path in sorted(path for folder in folders for path in (folder / "train").glob("*.npz")):
        with np.load(path) as file:
            noise += [*file["noise"], float(file["standard_noise"])]
            doses += [*file["doses"], 1.0]
    return fit_dose(np.array(noise), np.array(doses))


def evaluate(pairs: list[Path], network: Enhancer, name: str, conditions, line: tuple[float, float]) -> dict:
    """The tables `rows`, `regions` and `lesions` of one network, and how well the dose was estimated."""
    tables, misses = {"rows": [], "regions": [], "lesions": []}, []
    for whole in items(pairs, "test"):
        item, cut = cropped(whole), inside_body(whole)
        detector = Detector(item)
        for dose in ALL_DOSES:
            low, true = at_dose(whole, dose), float(np.log2(1 / dose))
            estimated = estimate_log_dose(noise_level(low), *line)
            misses.append(estimated - true)
            told = {"dose": (true, None), "mask": (true, whole["regions"]), "estimated": (estimated, None)}
            for condition in conditions:
                result = network(low, whole["voxel_mm"], *told[condition])[cut]
                method = name if condition == "dose" else f"{name}, {condition}"
                context = {"item": item["name"], "kind": item["kind"], "dose": dose, "method": method}
                for table, rows in zip(tables.values(), measure(result, item, detector, context)):
                    table += rows if isinstance(rows, list) else [rows]
        print(f"{name} on {item['name']} {item['kind']} measured", flush=True)
    return {**tables, "dose_estimate": {"intercept": line[0], "slope": line[1],
                                        "error_log2": float(np.sqrt(np.mean(np.square(misses))))}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=Path, required=True, nargs="+")
    parser.add_argument("--fit-on", type=Path, nargs="+",
                        help="series on whose training splits the estimate of the dose is fitted; default: --pairs")
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--name", required=True, help="of the method in the tables: int8, float32 or version 1")
    parser.add_argument("--conditions", nargs="+", choices=CONDITIONS, default=CONDITIONS[:1])
    parser.add_argument("--no-recovery", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    network = Enhancer.from_onnx(arguments.graph, None if arguments.no_recovery else Recovery())
    line = fit_dose_estimate(arguments.fit_on or arguments.pairs)
    tables = evaluate(arguments.pairs, network, arguments.name, arguments.conditions, line)
    arguments.out.write_text(json.dumps(tables))


if __name__ == "__main__":
    main()
