"""The words and tables of ct-generate's card, from what evaluate.py measured."""

from statistics import mean

from denoisers.ct.model import BOUND, CLASSES, EDGE, HU, PIXEL_MM
from denoisers.ct.train import ETA, LEVELS

SOURCES = {"samples": "samples", "drawn": "training slices drawn again", "held_out": "slices of unseen patients"}
TRAINING_DATA = ("Chest: one CT. Abdomen: two CTs. Pelvis: one CT. Limb: cropped CTs of tumour-bearing limbs. Head: label "
                 "maps rendered in typical CT numbers, no head CT.")

ATTRIBUTION = """\
- Chest and upper abdomen: LIDC-IDRI-0314, TCIA LIDC-IDRI (Armato et al. 2011), CC BY 3.0.
- Abdomen and pelvis: the example CT of TotalSegmentator (Wasserthal et al. 2023), Apache-2.0.
- Limbs: TCIA Soft-tissue-Sarcoma (Vallières et al. 2015, doi 10.7937/K9/TCIA.2015.7GO2GSKS; IBSI), CC BY 3.0.
- Head label maps: SynthSeg (Billot et al. 2023), Apache-2.0.
- Held out only: CRLM-CT-1004, TCIA Colorectal-Liver-Metastases (Simpson et al. 2024), CC BY 4.0.
"""


def known_failures(figures: dict) -> list[str]:
    """What the data and the figures forbid."""
    memory = {name: figures["memory"][name]["pixels"] for name in ("samples", "held_out")}
    nearer = [found["nearer"] for found in memory["samples"].values() if found["nearer"] is not None]
    shared = [name for name in memory["samples"] if name in memory["held_out"]]
    median = lambda of: mean([memory[of][name]["median"] for name in shared])
    return [
        "Chest and pelvis come from one patient each and the abdomen from two: samples of these are variants of those "
        "patients, bent and shifted, not new anatomy.",
        f"{100 * mean(nearer):.0f} % of the samples lie nearer to a training slice, in pixels, than 95 % of the slices of unseen "
        f"patients of their class do (medians, averaged over classes: {median('samples'):.3f} and {median('held_out'):.3f}).",
        "Bones come out ragged, organs of the abdomen run into each other, the marrow of limb bones is smeared: regions are "
        "recognisable, their fine anatomy is not right. The features that likeness is measured in see 32 x 32 pixels, so precision "
        "and Frechet distance do not show it.",
        "Heads are rendered label maps with typical CT numbers: one value for each tissue, no fat planes, no disease, no real "
        "beam hardening.",
        "The chest's only patient has an opacity in the right upper lung and a high right diaphragm; samples repeat them.",
        "Limbs may end in straight cuts, since their CTs were cropped around tumours, and many of them hold a tumour.",
        "Pixels are 3 mm: lung vessels, bowel walls, trabecular bone and small lesions are not resolved; bones beyond "
        f"{HU[-1]:.0f} HU and metal are cut off.",
        "Do not train or test diagnostic software on these images alone: five regions and a handful of patients are no "
        "population.",
    ]


def quality(figures: dict) -> list[dict]:
    """The figures of `model.json`."""
    rows = []
    for precision, key in (("int8", "int8_few"), ("float32", "float32")):
        found = figures[key]
        rows += [(f"Frechet distance in the project's own features, {precision}, {found['count']} samples, against drawn training "
                  "slices (not comparable with published FID)", found["frechet"]),
                 (f"precision, {precision}", found["precision"]), (f"recall, {precision}", found["recall"]),
                 (f"share of samples whose class the feature network recognises, {precision}", found["accuracy"])]
    for key, name in SOURCES.items():
        medians = [found["median"] for found in figures["memory"][key]["pixels"].values()]
        rows.append((f"distance to the nearest training slice in pixels, median, averaged over classes, {name}", mean(medians)))
    return [{"what": what, "value": round(value, 4)} for what, value in rows]


def table(head: tuple[str, ...], rows: list[tuple]) -> str:
    """Markdown; numbers with three decimals."""
    cell = lambda value: f"{value:.3f}" if isinstance(value, float) else str(value)
    lines = [head, ("---",) * len(head), *(tuple(map(cell, row)) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def likeness_table(figures: dict) -> str:
    """Samples, float32, other guidance, and what real slices reach."""
    row = lambda name, found: (name, found["count"], found["frechet"], found["precision"], found["recall"], found["accuracy"])
    rows = [row("int8, as shipped", figures["int8"]), row("int8, fewer samples", figures["int8_few"]),
            row("float32, the same seeds", figures["float32"])]
    rows += [row(f"int8, guidance {scale}", found) for scale, found in figures["guided"].items()
             if float(scale) != figures["guidance"]]
    rows += [row("drawn training slices, drawn again", figures["again"]),
             row("slices of unseen patients", figures["held_out"])]
    return table(("what", "images", "Frechet distance", "precision", "recall", "class recognised"), rows)


def class_table(figures: dict) -> str:
    """Recognition and diversity of each class."""
    rows = [(name, figures["int8"]["classes"][name], *(figures["diversity"][key].get(name, "none") for key in SOURCES))
            for name in CLASSES]
    return table(("class", "recognised", *(f"MS-SSIM, {name}" for name in SOURCES.values())), rows)


def memory_table(figures: dict, space: str) -> str:
    """Distances of each class to the nearest training slice."""
    share = lambda found: "none" if found["nearer"] is None else f"{100 * found['nearer']:.0f} %"
    rows = []
    for name in CLASSES:
        found = {key: figures["memory"][key][space].get(name) for key in SOURCES}
        rows.append((name, *(one["median"] if one else "none" for one in found.values()), share(found["samples"]),
                     share(found["drawn"])))
    return table(("class", *(f"median, {name}" for name in SOURCES.values()), "samples nearer than 95 % of unseen",
                  "drawn again nearer"), rows)


def text(figures: dict, version: str, sizes: dict[str, int], parameters: int, made: dict) -> str:
    """The whole card."""
    listed = "\n".join(f"- {one}" for one in known_failures(figures))
    difference = figures["int8_difference"]
    return f"""# ct-generate {version}

Synthetic axial CT slices of {EDGE} x {EDGE} pixels of {PIXEL_MM:g} mm, of a region that is asked for: {", ".join(CLASSES)}.
**Synthetic. Research and teaching only. Not for diagnosis.**

Wavelet diffusion: CT numbers from {HU[0]:.0f} to {HU[-1]:.0f} HU are put on a piecewise linear scale that gives soft tissue half of
the range, and split by two Haar levels into 16 bands of 32 x 32 (Friedrich et al. 2024 diffuse Haar bands of volumes). A U-Net of {parameters}
parameters ({", ".join(map(str, LEVELS))} channels, attention at 4 x 4) predicts v on a cosine schedule of 1000 steps; x0 is kept within
{BOUND:g}. The decoder undoes bands and scale, the image encoder makes them of an image to start from. Guidance without a classifier (Ho and Salimans 2022), the class left out of 15 % of
the training slices. As shipped: DDIM with eta {ETA:g}, {figures["steps"]} steps, guidance {figures["guidance"]:g}; {sizes["denoiser.onnx"]} bytes with int8 weights.

## Data

{TRAINING_DATA}

Held out by patient: one torso CT (chest and abdomen), three heads, four limbs; for the pelvis there is no second patient, so
nothing was held out.

{ATTRIBUTION}
Couch and clothing are masked away. Slices are drawn at any height between those chosen, scaled by 10 %, turned by 5 degrees
(limbs 20), tilted by 4, bent by 5 mm, shifted by 6 mm, mirrored where left and right look alike. Trained for {made["steps"]} steps of
{made["batch"]} slices, {made["minutes"]:.0f} minutes of one CPU core shared with other work, in bfloat16; `training/README.md` tells the
stages.

## Likeness

Features: 64 numbers of a small convolutional encoder of our own (`training/denoisers/ct/features.py`), trained on the training
slices to name the region and to redraw the slice at 32 x 32 pixels, each divided by its deviation. **The Frechet distance in
these features cannot be compared with published FID.** Precision and recall: third-neighbour balls in the same features
(Kynkäänniemi et al. 2019). All against {figures["int8"]["count"]} drawn training slices.

{likeness_table(figures)}

int8 against float32 from the same noise: {difference["mean_hu"]:.1f} HU mean absolute difference, {difference["psnr_db"]:.1f} dB on the scale that is
diffused.

## Diversity and memorisation

MS-SSIM is the mean over 200 pairs within a class (four scales, on the scale that is diffused): lower is more diverse, to be
read against that of the training slices. Distances are root mean squares on that scale, which spans 2, and Euclidean in
the features, to the nearest of all training slices, mirrored ones and {made["bank"]} drawn ones. "Drawn again" is what a model
that had learned its training slices by heart, with their bending, would reach; slices of unseen patients are drawn alike.

In pixels:

{memory_table(figures, "pixels")}

In features:

{memory_table(figures, "features")}

Classes recognised, and diversity:

{class_table(figures)}

The figure `docs/ct-generate.png` shows samples, chosen by seed 0 to 4 and not by eye, above the training slice that is nearest in
pixels.

![Samples above their nearest training slices](../../docs/ct-generate.png)

## Limits

{listed}
"""
