"""Tables of a card, in Markdown, from the rows that baselines.py and evaluate.py wrote.

    python tables.py OUT/baselines.json OUT/int8.json

prints the comparison of all methods in these files, which is what `FIGURES.md` holds; `card.py` sets its summary into a card.
"""

import json
import sys
from pathlib import Path

import numpy as np

NAMES = {"untouched": "untouched", "gaussian": "Gaussian", "non-local means": "non-local means", "bm4d": "BM4D",
         "version 2.0": "version 2.0", "int8": "int8", "int8, mask": "int8, mask",
         "int8, estimated": "int8, dose estimated", "ideal": "ideal"}
MEASURES = (("nrmse", "NRMSE against the standard dose", 4), ("nrmse_truth", "NRMSE against the noise-free image", 4),
            ("psnr", "PSNR against the standard dose, dB", 2), ("psnr_truth", "PSNR against the noise-free image, dB", 2),
            ("ssim", "SSIM against the standard dose", 3), ("ssim_truth", "SSIM against the noise-free image", 3))
SUMMED_UP = ("untouched", "gaussian", "version 2.0", "int8")  # methods whose lesions the card tells of
LESION_MM = (8.0, 20.5)  # diameters that the lesion table counts, give or take a voxel's rounding


def merged(paths: list[Path]) -> dict:
    """The tables of several files as one; what is not a table is taken from the last file that has it."""
    result = {"rows": [], "regions": [], "lesions": []}
    for path in paths:
        tables = json.loads(path.read_text())
        if {row["method"] for row in tables.get("rows", [])} == {"float32"}:
            tables = {"float32": tables["rows"]}  # may cover fewer phantoms, and only tells what int8 costs
        for key, value in tables.items():
            if key in ("rows", "regions", "lesions"):
                result[key] = result[key] + value
            else:
                result[key] = value
    return result


def of(rows: list[dict], **wanted) -> list[dict]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def mean(rows: list[dict], key: str) -> float:
    return float(np.mean([row[key] for row in rows]))


def fraction(dose: float) -> str:
    return f"1/{1 / dose:.0f}"


def doses(rows: list[dict]) -> list[float]:
    return sorted({row["dose"] for row in rows}, reverse=True)


def header(*columns: str) -> list[str]:
    return ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]


def methods(rows: list[dict], key: str) -> list[str]:
    present = {row["method"] for row in rows if key in row}
    return [name for name in NAMES if name in present]


def measure_table(rows: list[dict], key: str, digits: int) -> str:
    """A row a dose, a column a method, over the items that every method has in this measure."""
    rows = shared_items(rows, key)
    columns = methods(rows, key)
    lines = header("dose", *(NAMES[name] for name in columns))
    for dose in doses(rows):
        cells = [f"{mean(of(rows, dose=dose, method=name), key):.{digits}f}" for name in columns]
        lines.append(f"| {fraction(dose)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def measure_tables(rows: list[dict], prefix: str = "") -> str:
    """One table for each of MEASURES; with `prefix` "block_" the figures of the central block."""
    return "\n\n".join(f"{title}:\n\n{measure_table(rows, prefix + key, digits)}" for key, title, digits in MEASURES)


def shared_items(rows: list[dict], key: str) -> list[dict]:
    """The rows of the items that every method has in a measure."""
    rows = [row for row in rows if key in row]
    shared = set.intersection(*({row["item"] for row in rows if row["method"] == name} for name in methods(rows, key)))
    return [row for row in rows if row["item"] in shared]


def bar_table(rows: list[dict], network: str, prefix: str = "") -> str:
    """The network against the best of the untouched image and the classical methods at each dose, and against the ideal.

    One strength for a dose is too much for a quiet phantom, so to do nothing may be better than a tuned method. NRMSE
    as a part of that method's, PSNR as a difference in dB, SSIM as a difference.
    """
    rows = shared_items(rows, prefix + "nrmse")
    classical = [name for name in ("untouched", "gaussian", "non-local means", "bm4d") if name in methods(rows, prefix + "nrmse")]
    lines = header("dose", "best of the others", "NRMSE, ratio", "ideal, ratio", "PSNR, dB", "SSIM", "NRMSE to noise-free, ratio",
                   "PSNR to noise-free, dB")
    for dose in doses(rows):
        at = lambda name, key: mean(of(rows, dose=dose, method=name), prefix + key)
        best = min(classical, key=lambda name: at(name, "nrmse"))
        clean = min(classical, key=lambda name: at(name, "nrmse_truth"))
        lines.append(f"| {fraction(dose)} | {NAMES[best]} | {at(network, 'nrmse') / at(best, 'nrmse'):.2f} "
                     f"| {at('ideal', 'nrmse') / at(best, 'nrmse'):.2f} | {at(network, 'psnr') - at(best, 'psnr'):+.2f} "
                     f"| {at(network, 'ssim') - at(best, 'ssim'):+.3f} "
                     f"| {at(network, 'nrmse_truth') / at(clean, 'nrmse_truth'):.2f} "
                     f"| {at(network, 'psnr_truth') - at(clean, 'psnr_truth'):+.2f} |")
    return "\n".join(lines)


def lesion_table(tables: dict, names=tuple(NAMES)) -> str:
    """Bias of lesions of LESION_MM, in per cent of the standard dose's values, and counts of the Detector; of some methods."""
    low, high = LESION_MM
    chosen = [row for row in tables["lesions"]
              if low <= row["diameter_mm"] <= high and row["method"] in names and row["method"] != "ideal"]
    lines = header("dose", "method", "lesions", "SUVmean", "absolute", "SUVmax", "SUVmax, noise-free reference",
                   "shown", "lost", "invented")
    for dose in doses(chosen):
        for name in methods(chosen, "suv_mean"):
            rows, counts = of(chosen, dose=dose, method=name), of(tables["rows"], dose=dose, method=name)
            absolute = np.mean([abs(row["suv_mean"]) for row in rows])
            lines.append(f"| {fraction(dose)} | {NAMES[name]} | {len(rows)} | {mean(rows, 'suv_mean'):+.1f} | {absolute:.1f} "
                         f"| {mean(rows, 'suv_max'):+.1f} | {mean(rows, 'suv_max_truth'):+.1f} | "
                         + " | ".join(str(sum(row[key] for row in counts)) for key in ("shown", "lost", "invented")) + " |")
    return "\n".join(lines)


def region_table(tables: dict, method: str) -> str:
    """Bias of region means in per cent: the mean over phantoms and the largest."""
    chosen = of(tables["regions"], method=method)
    lines = header("region", *(fraction(dose) for dose in doses(chosen)))
    for region in dict.fromkeys(row["region"] for row in chosen):
        cells = []
        for dose in doses(chosen):
            values = [row["bias"] for row in of(chosen, dose=dose, region=region)]
            cells.append(f"{np.mean(values):+.1f} (worst {max(values, key=abs):+.1f}, n {len(values)})")
        lines.append(f"| {region} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def strengths(tuned: dict, name: str) -> str:
    return ", ".join(f"{strength:g} at {fraction(dose)}" for dose, strength in tuned[name])


def series(tables: dict, name: str) -> dict:
    """The tables of the items of one folder of pairs."""
    return {key: [row for row in tables[key] if row["item"].startswith(name + "/")] for key in ("rows", "regions", "lesions")}


def folders(tables: dict) -> list[str]:
    """The folders of pairs in the tables, a series each, in order."""
    return list(dict.fromkeys(row["item"].split("/")[0] for row in tables["rows"]))


def in_block(rows: list[dict]) -> int:
    """On how many phantoms BM4D and non-local means were measured."""
    measured = any("block_nrmse" in row for row in of(rows, method="bm4d"))
    return len({row["item"] for row in shared_items(rows, "block_nrmse")}) if measured else 0


def summary(tables: dict) -> str:
    """The int8 network beside the classical methods, the last series first."""
    parts = []
    for number, folder in reversed(list(enumerate(folders(tables), 1))):
        own = series(tables, folder)
        parts += [f"### Series {number}: {len({row['item'] for row in own['rows']})} phantoms",
                  f"Whole images, beside the better of the untouched image and the tuned Gaussian:\n\n{bar_table(own['rows'], 'int8')}"]
        if count := in_block(own["rows"]):
            parts += [f"The block that BM4D and non-local means are measured in ({count} phantoms), beside the best of these, the Gaussian and the untouched image:\n\n"
                      + bar_table(own["rows"], "int8", "block_")]
        parts += [f"Lesions of 8 to 20 mm:\n\n{lesion_table(own, SUMMED_UP)}"]
    return "\n\n".join(parts)


def comparison(tables: dict) -> str:
    """Everything that can be said of the methods in the tables, one section for each series."""
    parts = []
    for number, folder in enumerate(folders(tables), 1):
        own = series(tables, folder)
        phantoms = len({row["item"] for row in own["rows"]})
        parts += [f"## Series {number}: {phantoms} phantoms, whole images", measure_tables(own["rows"]),
                  f"## Series {number}: lesions of 8 to 20 mm", lesion_table(own)]
        if count := in_block(own["rows"]):
            parts += [f"## Series {number}: the block that BM4D and non-local means are measured in, {count} phantoms",
                      measure_tables(own["rows"], "block_")]
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(comparison(merged([Path(name) for name in sys.argv[1:]])))
