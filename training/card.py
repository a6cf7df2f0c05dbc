"""The words of `CARD.md` around the tables of tables.py."""

import numpy as np

from enhancer import Recovery
from tables import (LESION_MM, comparison, doses, folders, fraction, header, mean, of, region_table, series, strengths, summary)

TRAINING_DATA = ("Simulated FDG PET pairs: 1/20 to 4/5 of the standard counts by binomial thinning, from procedural "
                 "torsos, whole-head label maps and limb CTs; no real PET.")

RECOVERED = ("unrecovered", "int8")  # as evaluate.py is told to call the network without and with recovery

UNTRAINED = [
    "Tracers other than FDG and voxels outside 1.5 to 6 mm were not trained.",
    "Time-of-flight, motion, misregistered attenuation and metal artefacts are not simulated.",
    "Noise texture of a real scanner differs from the simulated one; the dose estimate then is only an equivalent.",
]

ATTRIBUTION = """\
- Head label maps: SynthSeg (Billot et al.), Apache-2.0.
- Limb CTs: TCIA Soft-tissue-Sarcoma (Vallières et al. 2015, doi 10.7937/K9/TCIA.2015.7GO2GSKS; IBSI), CC BY 3.0.
- The labelled torso CT of the test split: TotalSegmentator (Wasserthal et al.), Apache-2.0.
- The torsos of training and of the sample are procedural and use no data.
"""

SAMPLES = """\
# Sample images

A simulated FDG PET of a procedural torso that no training saw, in SUV: `torso-low-dose.nii.gz` holds a tenth of the
counts of `torso-standard-dose.nii.gz` (binomial thinning of the same counts); `torso-regions.nii.gz` labels
1 heart, 2 liver, 3 spleen, 4 lungs, 5 stomach, 6 kidneys, 7 spine, 8 ribs. Made by `training/package.py`; no
patient's data is in them. Not for diagnosis.
"""


def int8_loss(tables: dict) -> str:
    """The largest mean loss of a dose, over the phantoms that float32 was measured on."""
    exact = of(tables["float32"], method="float32")
    items = {row["item"] for row in exact}
    quantised = [row for row in of(tables["rows"], method="int8") if row["item"] in items]
    losses = [mean(of(exact, dose=dose), "psnr") - mean(of(quantised, dose=dose), "psnr") for dose in doses(exact)]
    return f"{max(losses):.3f} dB ({len(items)} phantoms)"


def storage_loss(half: list[dict], full: list[dict]) -> str:
    """By how much PSNR changes where tensors are stored as float16; rows of `darkroom evaluate`, in the same order."""
    psnr = lambda rows: np.array([row["standard"]["psnr_db"] for row in rows if row["method"] == "model"])
    pairs = len({row["pair"] for row in half})
    return (f"Tensors stored as float16 change PSNR by\nat most {np.abs(psnr(half) - psnr(full)).max():.4f} dB (blocks of {pairs} phantoms, "
            f"{' and '.join(map(fraction, doses(half)))}).")


def known_failures(tables: dict) -> list[str]:
    """What the measured biases forbid, and what was never trained."""
    def lost(dose):
        return -mean(of(tables["lesions"], dose=dose, method="int8"), "suv_mean")

    liver = of(tables["regions"], method="int8", region="liver")
    shift = {dose: mean(of(liver, dose=dose), "bias") for dose in doses(liver)}
    worst = max(shift, key=lambda dose: abs(shift[dose]))
    return [
        f"Lesions of 5 to 20 mm lose {lost(1 / 4):.0f} % of their SUVmean at 1/4 of the dose and {lost(1 / 20):.0f} % at "
        "1/20, on average: do not measure lesions on the enhanced image.",
        f"Organ means shift towards their surroundings: the liver's by {shift[worst]:+.1f} % at {fraction(worst)} of the "
        "dose on average, more for small organs.",
        *UNTRAINED,
    ]


def real_section(real: list[dict]) -> str:
    """What real.py measured."""
    as_is = [row for row in real if row["dose"] is None]
    noise = 100 * (np.mean([row["noise_after"] / row["noise"] for row in as_is]) - 1)
    lines = [f"{len(as_is)} crops of 18F-FDG PET of soft-tissue sarcomas. As they are, with the dose estimated: voxel noise "
             f"{noise:+.0f} %, SUVmean of the tumour masks {mean(as_is, 'suv_mean'):+.1f} % (worst "
             f"{max((row['suv_mean'] for row in as_is), key=abs):+.1f} %), SUVmax {mean(as_is, 'suv_max'):+.1f} %.", "",
             "Thinned by projecting them with the simulated scanner:", "",
             "| dose | method | NRMSE, standard dose | NRMSE, noise-free | SUVmean of the tumour, % | absolute |", "|---" * 6 + "|"]
    for dose in doses([row for row in real if row["dose"]]):
        for method in ("untouched", "gaussian", "network"):
            rows = of([row for row in real if row["dose"]], dose=dose, method=method)
            lines.append(f"| {fraction(dose)} | {method} | {mean(rows, 'nrmse'):.4f} | {mean(rows, 'nrmse_truth'):.4f} "
                         f"| {mean(rows, 'suv_mean'):+.1f} | {np.mean([abs(row['suv_mean']) for row in rows]):.1f} |")
    return "\n".join(lines)


def recovery_section(tables: dict) -> str:
    """What contrast recovery gives and takes at every dose."""
    low, high = LESION_MM
    columns, names = [], folders(tables)
    for number, folder in enumerate(names, 1):
        columns += [f"NRMSE, series {number}", f"lesions' SUVmean, %, series {number}"]
    lines = header("dose", *columns, "lost", "invented")
    for dose in doses(tables["rows"]):
        cells = []
        for folder in names:
            own = series(tables, folder)
            chosen = [row for row in own["lesions"] if low <= row["diameter_mm"] <= high]
            for rows, key, form in ((own["rows"], "nrmse", ".4f"), (chosen, "suv_mean", "+.1f")):
                cells.append(", ".join(f"{mean(of(rows, dose=dose, method=name), key):{form}}" for name in RECOVERED))
        counts = [of(tables["rows"], dose=dose, method=name) for name in RECOVERED]
        cells += [", ".join(str(sum(row[key] for row in rows)) for rows in counts) for key in ("lost", "invented")]
        lines.append(f"| {fraction(dose)} | " + " | ".join(cells) + " |")
    return f"""\
Where the result itself shows a blob, as its Gaussian of {Recovery.blob_mm:g} mm exceeds that of {Recovery.around_mm:g} mm by {100 * Recovery.from_:.0f} to {100 * Recovery.full:.0f} %, what the
network took is given back as a Gaussian of {Recovery.sigma_mm:g} mm sees it, {Recovery.passes} times: there the image keeps the counts that were measured
(`recover_contrast` in `training/enhancer.py` and `crates/imaging`). Where nothing shows nothing moves, so noise makes no lesion.
Without and with it, on all phantoms; lesions of 8 to 20 mm:

""" + "\n".join(lines)


def difference(row: dict, reference: dict) -> str:
    """By how much the PSNR of an image differs from a reference's of the same image, mean and its standard error."""
    gains = np.subtract(row["psnr_each"], reference["psnr_each"])
    return f"{gains.mean():+.3f} ± {gains.std(ddof=1) / np.sqrt(len(gains)):.3f}"


def ablation_section(ablation: dict) -> str:
    """What ablate.py measured. Variants stand beside the first of them, masks beside none."""
    def table(rows, reference, *more):
        lines = header("variant", *more, "PSNR, dB", f"beside {reference['name']}, dB", "SSIM", "NRMSE", "NRMSE, noise-free",
                       "lesions' SUVmean, %", "lost", "invented")
        for row in rows:
            extra = ["none" if row["dice"] is None else f"{row['dice']:.3f}"] if more else []
            lines.append("| " + " | ".join((row["name"], *extra, f"{row['psnr']:.2f}", difference(row, reference), f"{row['ssim']:.3f}",
                                            f"{row['nrmse']:.4f}", f"{row['nrmse_truth']:.4f}", f"{row['lesion_bias']:+.1f}",
                                            f"{row['lost']} of {row['shown']}", str(row["invented"]))) + " |")
        return "\n".join(lines)

    masks = table(ablation["masks"], ablation["masks"][-1], "Dice")
    if not ablation["variants"]:
        return (f"As Table 11.3 of the chapter, on {ablation['items']} test phantoms at {' and '.join(map(fraction, ablation['doses']))} of "
                "the dose. Which masks a run drops, since a bad one is worse than none, is told in `docs/masks.md`.\n\n"
                + masks)
    return (f"Each variant was trained from scratch for {ablation['steps']} steps of {ablation['batch']} patches of "
            f"{ablation['patch']} voxels a side (self-supervision: {ablation['pretraining']} steps before), and measured on "
            f"{ablation['items']} test phantoms at {' and '.join(map(fraction, ablation['doses']))} of the dose; after ± stands the standard error over "
            f"these images. So small a training ranks the parts at its own size only.\n\n"
            f"{table(ablation['variants'], ablation['variants'][0])}\n\nMasks from bad to perfect, the last variant:\n\n{masks}")


def headline(tables: dict) -> dict:
    """The tables of the series that the card, the manifest and the page speak of first: the last one."""
    return series(tables, folders(tables)[-1])


def figures(tables: dict, version: str) -> str:
    """`FIGURES.md`: all that was measured of all methods."""
    return f"""# All figures of pet-enhance {version}

What the columns and measures are is told in [the card](CARD.md); the series are those of `training/SIMULATOR.md`.

{comparison(tables)}
"""


def text(tables: dict, version: str, trained: dict, size: int) -> str:
    """The whole card; `trained` is the generator.pt of train.py."""
    main, number = headline(tables), len(folders(tables))
    failures = "\n".join(f"- {one}" for one in known_failures(main))
    more = "".join(f"\n## {title}\n\n{section(tables[key])}\n" for key, title, section in
                   (("real", "Real PET", real_section), ("ablation", "Ablation and masks from bad to perfect", ablation_section))
                   if key in tables)
    if of(tables["rows"], method=RECOVERED[0]):
        more = f"\n## Contrast recovery\n\n{recovery_section(tables)}\n{more}"
    return f"""# pet-enhance {version}

Low-dose FDG PET in, an estimate of the standard-dose image out. **Research and teaching only. Not for diagnosis.**

The generator follows chapter 11 of *Generative Machine Learning Models in Medical Image Computing* (low-dose to
standard-dose PET with region-adaptive normalisation): a 3D encoder of {" and ".join(map(str, trained["widths"]))} channels at half and at quarter
resolution, whose normalisation is modulated by an eight-tissue mask and the dose, a transfer module of two 1x1x1
convolutions, a decoder. For each voxel the decoder chooses how to mix Gaussian blurs of the input and adds a correction;
that estimates the noise-free image x. The graph returns d low + (1 - d) x, since the standard dose holds the low dose's
own counts as a part d. {size} bytes with int8 weights.

Encoder and decoder first learned, unpaired, to restore hidden parts of low-dose and of standard-dose images; then
{trained["steps"]} steps ({trained["seconds"] / 60:.0f} minutes of {trained["device"]}) on pairs, whose loss weighs lesions, the means of regions
and structural consistency beside the squared error. Differences from the chapter: the normalisation uses running
statistics (seam-free tiles); skips join encoder and decoder; there is no adversary; one model serves all doses. After the
network, what it changed on scales wider than a Gaussian of 12 mm standard deviation is taken back, so that regional means
stay; all figures below include this step and contrast recovery.

## Data

{TRAINING_DATA} The simulator has a card of its own, `training/SIMULATOR.md`.

{ATTRIBUTION}
## Quality

Held-out phantoms: heads and torsos none of whose anatomy was trained on, with random scanners, resolutions, counts and
reconstructions; 1/3 and 1/15 were not among the trained doses. NRMSE = rms(error) / rms(reference) and PSNR (peak: the
reference's maximum) inside the body; figures are means over phantoms. The classical methods have one strength a dose,
tuned on the validation split (Gaussian, series {number}, mm: {strengths(tables["tuned"], "gaussian")}). "Ideal" keeps the low
dose's counts and takes the noise-free image for the missing ones: no method can be closer to the standard dose, whose
own noise is the rest. A lesion counts as shown, lost or invented by the rule of `Detector` in `training/measures.py`. Tables of every
method and measure are in [FIGURES.md](FIGURES.md).

![NRMSE and PSNR over the doses](doses.svg)

Drawn by `darkroom evaluate --plot` over series {number}; its Gaussian has the width that is best on these very images. Where the test phantoms
are quieter than those that the classical methods were tuned on, as in series 3, it is the fairer Gaussian; BM4D too comes out
stronger than suits them, and `training/README.md` says what its best strength on the test phantoms themselves would give.

{summary(tables)}

Largest loss from int8 against float32: {int8_loss(tables)}. {storage_loss(*tables["storage"]) if tables.get("storage") else ""} The estimated dose is off by
{tables["dose_estimate"]["error_log2"]:.2f} doublings (rms).

### Region means

Series {number}, int8 without mask, per cent of the standard dose's:

{region_table(main, "int8")}
{more}
## Limits

{failures}
"""
