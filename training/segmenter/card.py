"""The card's section on estimated masks, from the figures of evaluate.py.

    python -m segmenter.card --figures OUT/segmenter.json --card ../weights/pet-enhance/CARD.md --version 1.2.0

Takes the place of the section in the card, or comes before its limits.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np

from phantoms import REGIONS
from tables import doses, fraction, header, mean, of

TITLE = "## Estimated masks"
KINDS = {"torso": "procedural torsos", "ct-torso": "torsos from a real CT", "head": "heads"}
MASKS = {"none": "none", "found": "estimated", "used": "estimated, dropped where it does not fit", "true": "the phantom's own"}
LARGE = 0.05  # part of a body that a few wrong voxels do not make up


def with_used(tables: dict) -> dict:
    """The tables with rows for the mask as a run uses it: none where the one that was found is empty or does not fit."""
    plain = {(row["item"], row["dose"]): row for row in of(tables["rows"], mask="none")}
    used = [{**(plain[row["item"], row["dose"]] if row["objection"] else row), "mask": "used", "objection": row["objection"]}
            for row in of(tables["rows"], mask="found")]
    return {**tables, "rows": tables["rows"] + used}


def dice_table(tables: dict) -> str:
    """Mean Dice of each tissue that is there, by kind of phantom and dose."""
    lines = header("tissue", *(f"{KINDS[kind]}, {fraction(dose)}" for kind in ("torso", "ct-torso") for dose in shown(tables)))
    for tissue in REGIONS:
        cells = []
        for kind in ("torso", "ct-torso"):
            for dose in shown(tables):
                there = [row for row in of(tables["dice"], kind=kind, dose=dose, tissue=tissue) if row["voxels"] >= 200]
                cells.append(f"{mean(there, 'dice'):.2f} (n {len(there)})" if there else "not there")
        lines.append(f"| {tissue} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def shown(tables: dict) -> list[float]:
    """The doses that every item has."""
    items = {row["item"] for row in tables["rows"]}
    return [dose for dose in doses(tables["rows"]) if {row["item"] for row in of(tables["rows"], dose=dose)} == items]


def worth_table(tables: dict, kind: str, key: str, digits: int) -> str:
    """A measure of the result with each kind of mask, a row a dose."""
    lines = header("dose", *MASKS.values())
    for dose in shown(tables):
        cells = [f"{mean(of(tables['rows'], kind=kind, dose=dose, mask=mask), key):.{digits}f}" for mask in MASKS]
        lines.append(f"| {fraction(dose)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def gains(tables: dict, kind: str) -> list[float]:
    """By how many per cent a mask as used changes the mean NRMSE, dose by dose; below 0 it is nearer to the standard dose."""
    at = lambda dose, mask: mean(of(tables["rows"], kind=kind, dose=dose, mask=mask), "nrmse")
    return [100 * (at(dose, "used") / at(dose, "none") - 1) for dose in shown(tables)]


def verdict(tables: dict) -> str:
    """What it is worth, and whether that is enough to use it unasked."""
    changes = {kind: gains(tables, kind) for kind in ("torso", "ct-torso")}
    worth = " and ".join(f"{min(values):+.1f} to {max(values):+.1f} % on {KINDS[kind]}" for kind, values in changes.items())
    if max(sum(changes.values(), [])) < 0:
        return f"With such a mask the result is nearer to the standard dose at every dose:\nNRMSE {worth}."
    return (f"**It does not bring the result nearer to the standard dose at\nevery dose, so it is never used unasked**: NRMSE {worth}.")


def dropped(tables: dict, kind: str) -> str:
    """How often the check drops the mask, and how often there was nothing to drop."""
    rows = of(tables["rows"], kind=kind, mask="used")
    empty = sum("was found" in (row["objection"] or "") for row in rows)
    unfit = sum(row["objection"] is not None for row in rows) - empty
    return f"{KINDS[kind]}: {unfit} of {len(rows)} dropped, {empty} empty"


def real_sentence(real: list[dict]) -> str:
    """What was found where there are no organs."""
    shares = [row["labelled"] for row in real]
    large = [row["patient"] for row in real if row["labelled"] > LARGE]
    used = sum(row["objection"] is None for row in real)
    return (f"In {len(real)} crops of real FDG PET around soft-tissue sarcomas, mostly of thighs,\n{100 * np.median(shares):.1f} % of the "
            f"body is labelled at the median, {100 * max(shares):.0f} % at most, more than {100 * LARGE:.0f} % in {len(large)}; a run would "
            f"use {used} of these\nmasks. There are no true labels of them.")


def section(tables: dict) -> str:
    """The whole section; `tables` is what evaluate.py wrote."""
    tables = with_used(tables)
    used = "; ".join(dropped(tables, kind) for kind in KINDS)
    worth = "\n\n".join(
        f"NRMSE against the standard dose, {KINDS[kind]} ({len({row['item'] for row in of(tables['rows'], kind=kind)})} phantoms):\n\n"
        f"{worth_table(tables, kind, 'nrmse', 4)}\n\nPSNR, dB:\n\n{worth_table(tables, kind, 'psnr', 2)}" for kind in ("torso", "ct-torso"))
    return f"""{TITLE}

Where there is no label map, a small 3D U-Net (`segmenter.onnx`, `training/segmenter`) can find the eight tissues in the PET
itself, on cells of 8 mm. It was trained on simulated torsos, heads and limbs and on procedural torsos of more variety, at all
doses; it never saw a labelled patient. {verdict(tables)}
Look at its masks before you trust them.

Measured on the test phantoms of all series with the shipped weights (`training/segmenter/evaluate.py`), to whose training
data two changes were made after a look at them (`training/README.md`). Dice, for tissues of at least 200 voxels:

{dice_table(tables)}

{worth}

The check that drops masks that do not fit, on {used}.
{real_sentence(tables["real"])}
"""


def put_into(card: Path, text: str, version: str) -> None:
    """Replaces the section of a card, or sets it before the limits; the title gets the version."""
    whole = re.sub(r"^(# \S+) \S+", rf"\g<1> {version}", card.read_text(), count=1)
    old = re.search(rf"^{TITLE}\n.*?(?=^## )", whole, re.M | re.S)
    begin, end = (old.start(), old.end()) if old else (whole.index("## Limits"),) * 2
    card.write_text(f"{whole[:begin]}{text}\n{whole[end:]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--figures", type=Path, nargs="+", required=True, help="one file, or one for some of the conditions each")
    parser.add_argument("--card", type=Path, required=True)
    parser.add_argument("--version", required=True)
    given = parser.parse_args()
    parts = [json.loads(path.read_text())["segmenter"] for path in given.figures]
    tables = {key: [row for part in parts for row in part[key]] for key in parts[0]}
    put_into(given.card, section(tables), given.version)


if __name__ == "__main__":
    main()
