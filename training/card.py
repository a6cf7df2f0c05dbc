"""The words and tables of `CARD.md`, from the figures of evaluate.py."""

import numpy as np

TRAINING_DATA = ("Simulated FDG PET pairs: 1/20 to 4/5 of the standard counts by binomial thinning, from procedural "
                 "torsos, whole-head label maps and limb CTs; no real PET.")

KNOWN_FAILURES = [
    "Tracers other than FDG and voxels outside 1.5 to 6 mm were not trained.",
    "Lesions smaller than about 8 mm may be weakened, most at 1/20 of the dose.",
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


def mean(quality: dict, key: str, **wanted) -> float:
    values = [row[key] for row in quality["rows"] if all(row[name] == value for name, value in wanted.items())]
    return float(np.mean(values)) if values else float("nan")


def fraction(dose: float) -> str:
    return f"1/{1 / dose:.0f}"


def main_table(quality: dict, key: str, kind: dict) -> str:
    methods = ("input", "gaussian", "float32", "int8", "int8 with mask", "int8, dose estimated")
    lines = ["| dose | untouched | best Gaussian | network float32 | network int8 | int8 with mask | int8, dose estimated |",
             "|---|---|---|---|---|---|---|"]
    for dose in dict.fromkeys(row["dose"] for row in quality["rows"]):
        cells = [f"{mean(quality, key, dose=dose, method=method, **kind):.4f}" for method in methods]
        lines.append(f"| {fraction(dose)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def bias_table(quality: dict) -> str:
    lines = ["| region | " + " | ".join(fraction(dose) for dose, _ in quality["gaussian_mm"]) + " |", "|---|---|---|---|---|"]
    for region in dict.fromkeys(row["region"] for row in quality["region_bias"]):
        cells = [f"{row['mean']:+.2f} (worst {row['worst']:.1f}, n {row['count']})"
                 for row in quality["region_bias"] if row["region"] == region]
        lines.append(f"| {region} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def lesion_table(quality: dict) -> str:
    lines = ["| dose | lesions | SUVmean | SUVmean, absolute | SUVmax |", "|---|---|---|---|---|"]
    lines += [f"| {fraction(row['dose'])} | {row['count']} | {row['suv_mean']:+.1f} | {row['suv_mean_abs']:.1f} "
              f"| {row['suv_max']:+.1f} |" for row in quality["lesion_bias"]]
    return "\n".join(lines)


def int8_loss(quality: dict) -> str:
    losses = [mean(quality, "psnr", dose=dose, method="float32") - mean(quality, "psnr", dose=dose, method="int8")
              for dose, _ in quality["gaussian_mm"]]
    return f"{max(losses):.3f} dB"


def text(quality: dict, widths: tuple, size: int) -> str:
    kinds = sorted({row["kind"] for row in quality["rows"]})
    by_kind = "\n\n".join(f"**{kind}**\n\n{main_table(quality, 'nrmse', {'kind': kind})}" for kind in kinds)
    gaussians = ", ".join(f"{width:g} mm at {fraction(dose)}" for dose, width in quality["gaussian_mm"])
    count = len({(row["kind"], row["nrmse"]) for row in quality["rows"] if row["method"] == "input"}) // len(quality["gaussian_mm"])
    estimate = quality["dose_estimate"]
    failures = "\n".join(f"- {failure}" for failure in KNOWN_FAILURES)
    return f"""# pet-enhance 1.0.0

Low-dose FDG PET in, an estimate of the standard-dose image out. **Research and teaching only. Not for diagnosis.**

The generator follows chapter 11 of *Generative Machine Learning Models in Medical Image Computing* (low-dose to
standard-dose PET with region-adaptive normalisation): a 3D encoder of {", ".join(map(str, widths))} channels whose
normalisation is modulated by an eight-tissue mask and the dose, a transfer module of two 1x1x1 convolutions, a decoder;
its output is added to the input. {size} bytes with int8 weights. Differences from the chapter: the normalisation uses
running statistics (seam-free tiles); skips join encoder and decoder; there is no adversary, since this
version minimises squared error so that means stay unbiased; one model serves all doses.

## Data

{TRAINING_DATA}

{ATTRIBUTION}
Physics (`training/physics.py`): projection with PSF 4 to 7 mm, attenuation, scatter, randoms, Poisson counts, the low
dose as a binomial subset of the same counts, OSEM with and without post-filter. Left out: time of flight, PSF modelling
in the reconstruction, 3D rays across slices, motion, decay during the scan, errors of the corrections.

## Quality

{count} held-out phantoms ({", ".join(kinds)}), none seen in training. NRMSE = rms(error) / rms(reference) inside the
body, reference = the standard-dose image. The Gaussian's width is tuned for each dose on these very phantoms
({gaussians}), which favours it.

{main_table(quality, "nrmse", {})}

Against the noise-free reconstruction (the standard dose itself is noisy):

{main_table(quality, "nrmse_truth", {})}

PSNR in dB (peak = the reference's maximum):

{main_table(quality, "psnr", {})}

By kind of phantom, NRMSE:

{by_kind}

Largest loss from int8 against float32: {int8_loss(quality)}. The estimated dose is off by {estimate["error_log2"]:.2f}
doublings (rms).

## Bias

Region means, int8 without mask, per cent of the standard dose's:

{bias_table(quality)}

Lesions of 5 to 20 mm, per cent of the standard dose's value:

{lesion_table(quality)}

## Limits

{failures}
"""
