"""The words and tables of `CARD.md`, from the figures of evaluate.py."""

import numpy as np

TRAINING_DATA = ("Simulated FDG PET pairs: 1/20 to 4/5 of the standard counts by binomial thinning, from procedural "
                 "torsos, whole-head label maps and limb CTs; no real PET.")

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


def mean(quality: dict, key: str, dose: float, method: str) -> float:
    return float(np.mean([row[key] for row in quality["rows"] if (row["dose"], row["method"]) == (dose, method)]))


def fraction(dose: float) -> str:
    return f"1/{1 / dose:.0f}"


METHODS = {
    "input": "untouched", "gaussian": "Gaussian", "gaussian, best for each image": "Gaussian, oracle",
    "float32": "network float32", "int8": "network int8", "int8 with mask": "int8, mask",
    "int8, dose estimated": "int8, dose estimated",
}


def header(*columns: str) -> list[str]:
    return ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]


def doses(quality: dict) -> list[float]:
    return [dose for dose, _ in quality["gaussian_mm"]]


def main_table(quality: dict, key: str, digits: int = 4, kinds: tuple = ()) -> str:
    """Means of `key`, a row a dose and a column a method, over all kinds of phantom or the named ones."""
    lines = header("dose", *METHODS.values())
    for dose in doses(quality):
        chosen = [row for row in quality["rows"] if row["dose"] == dose and (not kinds or row["kind"] in kinds)]
        cells = [np.mean([row[key] for row in chosen if row["method"] == method]) for method in METHODS]
        lines.append(f"| {fraction(dose)} | " + " | ".join(f"{cell:.{digits}f}" for cell in cells) + " |")
    return "\n".join(lines)


def bias_table(quality: dict) -> str:
    """Bias of region means: the mean over phantoms and the largest, int8 without a mask."""
    lines = header("region", *(fraction(dose) for dose in doses(quality)))
    chosen = [row for row in quality["region_bias"] if row["method"] == "int8"]
    for region in dict.fromkeys(row["region"] for row in chosen):
        cells = []
        for dose in doses(quality):
            values = [row["bias"] for row in chosen if row["dose"] == dose and row["region"] == region]
            cells.append(f"{np.mean(values):+.1f} (worst {max(values, key=abs):+.1f}, n {len(values)})")
        lines.append(f"| {region} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def lesion_table(quality: dict) -> str:
    """Bias of lesion values, the network's beside the Gaussian's."""
    lines = header("dose", "method", "lesions", "SUVmean", "SUVmean, absolute", "SUVmax", "SUVmax, noise-free reference")
    for dose in doses(quality):
        for method in ("input", "gaussian", "int8"):
            rows = [row for row in quality["lesion_bias"] if row["dose"] == dose and row["method"] == method]
            mean_of = lambda key: np.mean([row[key] for row in rows])
            lines.append(f"| {fraction(dose)} | {METHODS[method]} | {len(rows)} | {mean_of('suv_mean'):+.1f} "
                         f"| {np.mean([abs(row['suv_mean']) for row in rows]):.1f} | {mean_of('suv_max'):+.1f} "
                         f"| {mean_of('suv_max_truth'):+.1f} |")
    return "\n".join(lines)


def phantom_count(quality: dict, *kinds: str) -> int:
    return len({row["item"] for row in quality["rows"] if not kinds or row["kind"] in kinds})


def int8_loss(quality: dict) -> str:
    losses = [mean(quality, "psnr", dose, "float32") - mean(quality, "psnr", dose, "int8")
              for dose in doses(quality)]
    return f"{max(losses):.3f} dB"


def known_failures(quality: dict) -> list[str]:
    """What the measured biases forbid, and what was never trained."""
    def lost(table, key, dose):
        return -np.mean([row[key] for row in quality[table] if (row["dose"], row["method"]) == (dose, "int8")])

    quarter, twentieth = lost("lesion_bias", "suv_mean", 1 / 4), lost("lesion_bias", "suv_mean", 1 / 20)
    liver = {dose: np.mean([row["bias"] for row in quality["region_bias"]
                            if (row["dose"], row["method"], row["region"]) == (dose, "int8", "liver")])
             for dose in doses(quality)}
    worst = max(liver, key=lambda dose: abs(liver[dose]))
    return [
        f"Lesions of 5 to 20 mm lose {quarter:.0f} % of their SUVmean at 1/4 of the dose and {twentieth:.0f} % at 1/20, "
        "on average: do not measure lesions on the enhanced image.",
        f"Organ means shift towards their surroundings: the liver's by {liver[worst]:+.1f} % at {fraction(worst)} of the "
        "dose on average, more for small organs.",
        *UNTRAINED,
    ]


def text(quality: dict, widths: tuple, size: int) -> str:
    """The whole card."""
    gaussians = ", ".join(f"{width:.1f} mm at {fraction(dose)}" for dose, width in quality["gaussian_mm"])
    kinds = {"Heads": ("head",), "Torsos, procedural": ("torso",), "Torsos, from a real CT": ("ct-torso",)}
    by_kind = "\n\n".join(f"{name} ({phantom_count(quality, *kind)} phantoms):\n\n{main_table(quality, 'nrmse', 4, kind)}"
                          for name, kind in kinds.items())
    estimate = quality["dose_estimate"]
    failures = "\n".join(f"- {failure}" for failure in known_failures(quality))
    return f"""# pet-enhance 1.0.0

Low-dose FDG PET in, an estimate of the standard-dose image out. **Research and teaching only. Not for diagnosis.**

The generator follows chapter 11 of *Generative Machine Learning Models in Medical Image Computing* (low-dose to
standard-dose PET with region-adaptive normalisation): a 3D encoder of {", ".join(map(str, widths))} channels whose
normalisation is modulated by an eight-tissue mask and the dose, a transfer module of two 1x1x1 convolutions, a decoder.
For each voxel the decoder chooses how to mix Gaussian blurs of the input and adds a correction. {size} bytes with int8 weights. Differences from the chapter: the normalisation uses
running statistics (seam-free tiles); skips join encoder and decoder; there is no adversary, since this
version minimises squared error; one model serves all doses. After the network, what it changed on scales wider than a
Gaussian of 12 mm standard deviation is taken back, so that regional means stay; all figures below include this step.

## Data

{TRAINING_DATA}

{ATTRIBUTION}
Physics (`training/physics.py`): projection with PSF 4 to 7 mm, attenuation, scatter, randoms, Poisson counts, the low
dose as a binomial subset of the same counts, OSEM with and without post-filter. Left out: time of flight, PSF modelling
in the reconstruction, 3D rays across slices, motion, decay during the scan, errors of the corrections.

## Quality

{phantom_count(quality)} held-out phantoms: heads and torsos none of whose anatomy was trained on, with random scanners,
resolutions, counts and reconstructions. NRMSE = rms(error) / rms(reference) inside the body; the reference is the
standard-dose image; figures are means over phantoms. "Gaussian" has one width a dose, tuned on the validation split
({gaussians}). "Oracle" takes the width that is best for each single image, found with the answer at hand. The mask
is the phantom's own.

{main_table(quality, "nrmse")}

Against the noise-free reconstruction (the standard dose itself is noisy):

{main_table(quality, "nrmse_truth")}

PSNR in dB (peak = the reference's maximum):

{main_table(quality, "psnr", 2)}

### NRMSE by kind of phantom

{by_kind}

Largest loss from int8 against float32: {int8_loss(quality)}. The estimated dose is off by {estimate["error_log2"]:.2f}
doublings (rms).

## Bias

Region means, int8 without mask, per cent of the standard dose's:

{bias_table(quality)}

Lesions of 5 to 20 mm and at least four voxels, mean difference in per cent of the standard dose's value; the last column
compares SUVmax with the noise-free reconstruction, since the standard dose's own maximum is raised by noise:

{lesion_table(quality)}

## Limits

{failures}
"""
