"""The words of mr-translate's `CARD.md` around the figures of evaluate.py."""

import numpy as np

from denoisers.mr.data import PATIENTS
from denoisers.mr.evaluate import BRIGHT, EDGE_VOXELS, EVALUATIONS, SMALLEST_VOXELS
from denoisers.mr.model import CONTRASTS

TRAINING_DATA = ("Real co-registered brain-extracted T1, T2 and FLAIR of two patients (one with multiple sclerosis, one "
                 "with a glioma), after synthetic brains made from whole-head label maps by signal equations.")

ATTRIBUTION = """\
- Multiple sclerosis: Lesjak et al. 2017 (Laboratory of Imaging Technologies, University of Ljubljana), CC BY.
- Glioma: TCIA TCGA-LGG, CC BY 3.0.
- Head label maps: SynthSeg (Billot et al.), Apache-2.0.
"""

LIMITS = [
    "It was trained on two patients and tested on two: the figures say little about other scanners, sequences and "
    "diseases.",
    "The input must be a brain-extracted T1 of about 1 mm: with skull and skin the scale and the image are wrong.",
    "T1 with contrast agent, children, oedema, haemorrhage and metal were not trained.",
    "Slices are made one by one, so their noise differs from slice to slice and shows in other planes.",
    "Values are not quantitative: the result's scale is set by the T1 image's own mean.",
]


# First words of the methods, in the order of the tables.
METHODS = ["T1,", "guess", "one", "mean"]


def table(rows: list[dict], columns: dict[str, str], titles: dict[str, str]) -> str:
    """Rows as Markdown: `titles` name the leading fields, `columns` give each figure its heading and format."""
    lines = ["| " + " | ".join([*titles.values(), *(key.split(":")[0] for key in columns.values())]) + " |",
             "|---" * (len(titles) + len(columns)) + "|"]
    for row in rows:
        figures = [format(row[name], heading.split(":")[1]) if name in row else "" for name, heading in columns.items()]
        lines.append("| " + " | ".join([*(str(row[name]) for name in titles), *figures]) + " |")
    return "\n".join(lines)


def means(rows: list[dict]) -> list[dict]:
    """Each contrast, method and precision averaged over patients; T1 itself, which has no precision, once."""
    groups = {}
    for row in sorted(rows, key=lambda row: (CONTRASTS.index(row["contrast"]), METHODS.index(row["method"].split()[0]))):
        weights = "" if row["method"].startswith("T1") else row["precision"]
        groups.setdefault((row["contrast"], row["method"], weights), []).append(row)
    return [{"contrast": contrast, "method": method, "weights": weights} | averages(own)
            for (contrast, method, weights), own in groups.items()]


def averages(rows: list[dict]) -> dict[str, float]:
    """Each figure's mean over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, float))
    return {name: float(np.mean([row[name] for row in rows if name in row])) for name in names}


def loss_of_int8(rows: list[dict]) -> float:
    """The largest loss of PSNR from int8 weights, over contrasts and methods, in dB."""
    by = {(row["contrast"], row["method"], row["weights"]): row["psnr"] for row in means(rows)}
    return max(psnr - by[(*which, "int8")] for (*which, weights), psnr in by.items() if weights == "float32")


def shipped(rows: list[dict], contrast: str, method: str, name: str) -> float:
    """A mean figure of the int8 weights."""
    own = [row for row in means(rows) if row["contrast"] == contrast and row["weights"] == "int8"]
    return next(row[name] for row in own if row["method"].startswith(method))


def failures(rows: list[dict]) -> list[str]:
    """What the figures forbid, and what was never trained."""
    bias = {contrast: 100 * shipped(rows, contrast, "mean", "bias_lesions") for contrast in CONTRASTS}
    lesions = ", ".join(f"by {value:+.0f} % in {contrast}" for contrast, value in bias.items())
    doubt = ", ".join(f"{shipped(rows, contrast, 'mean', 'spread_over_error_lesions'):.2f} of their error in {contrast}"
                      for contrast in CONTRASTS)
    return [f"Lesions are not faithful, because T1 hardly shows them: their mean differs from the true one {lesions}. Never "
            f"look for lesions in the result, nor trust the spread there: it is {doubt}.", *LIMITS]


def worth(rows: list[dict]) -> str:
    """What the denoiser adds to the guess, in a sentence a contrast."""
    lines = []
    for contrast in CONTRASTS:
        figure = lambda method, name: shipped(rows, contrast, method, name)
        gain = figure("mean", "psnr") - figure("guess", "psnr")
        texture = {method: figure(method, "detail") / figure(method, "detail_truth") for method in ("guess", "one")}
        lines.append(f"{contrast}: one sample has {texture['one']:.0%} of the truth's detail, the guess {texture['guess']:.0%}; "
                     f"the mean of the samples is {gain:+.2f} dB from the guess.")
    return " ".join(lines)


def quality(rows: list[dict]) -> list[dict]:
    """The figures of `model.json`."""
    named = {"one sample": "one sample", "mean": f"mean of {rows[0]['samples']} samples"}
    figures = [{"what": f"PSNR in dB inside the brain, T1 to {contrast}, {title}, {weights} weights, test patients",
                "value": round(row["psnr"], 2)}
               for contrast in CONTRASTS for method, title in named.items() for row in means(rows)
               for weights in [row["weights"]]
               if row["contrast"] == contrast and row["method"].startswith(method)]
    figures += [{"what": f"Spearman's rank correlation of spread and absolute error, T1 to {contrast}, int8 weights",
                 "value": round(shipped(rows, contrast, "mean", "spearman"), 2)} for contrast in CONTRASTS]
    return figures


def card(rows: list[dict], stages: list[dict], widen: dict[str, float], facts: dict) -> str:
    """The whole `CARD.md`; `facts` are the version, the size in bytes, the parameters of encoder and
    denoiser, and what it was trained on."""
    per_method = {"psnr": "PSNR, dB:.2f", "psnr_affine": "PSNR, levelled:.2f", "ssim": "SSIM:.3f", "nrmse": "NRMSE:.3f",
                  "nrmse_lesions": "NRMSE in lesions:.3f", "bias_lesions": "mean in lesions:+.1%", "detail": "detail:.4f", "detail_truth": "detail of the truth:.4f"}
    certain = {"spearman": "rank correlation:.2f", "spearman_neighbourhood": "over 2 mm neighbourhoods:.2f",
               "spread_over_error": "spread / error:.2f", "spread_over_error_lesions": "in lesions:.2f"}
    titles = {"contrast": "contrast", "method": "image", "weights": "weights"}
    each = [row | {"weights": row["precision"]} for row in rows]
    names = {split: " and ".join(names) for split, names in PATIENTS.items()}
    count, slices = rows[0]["samples"], rows[0]["slices"]
    trained = "\n".join(f"- {stage['name']}: {stage['step']} steps of 8 squares of 64 pixels in "
                        f"{stage['seconds'] / 60:.0f} minutes." for stage in stages)
    limits = "\n".join(f"- {line}" for line in failures(rows))
    return f"""\
# mr-translate {facts['version']}

T1 in, a possible T2 or FLAIR of the same brain out. **Synthetic. Research and teaching only. Not for diagnosis.**

The encoder guesses both contrasts from a slice and its two neighbours and says how far each pixel's truth will lie from
the guess ({facts['encoder']} parameters). The denoiser ({facts['denoiser']} parameters) is asked {EVALUATIONS} times and makes what the
guess lacks: it is preconditioned, pixel by pixel, by the guess and its expected error, so several seeds give several
possible images, alike where T1 says what T2 or FLAIR must be, different where it does not. Their standard deviation is
the uncertainty map. Sampler: DPM-Solver++ of second order. {facts['bytes']} bytes with int8 weights.

## Data

{TRAINING_DATA}

{ATTRIBUTION}
Patients were kept apart, chosen once by their names: the last patient of each collection tests ({names['test']}),
the one before it in the larger collection validates ({names['validation']}), the others train
({names['train']}). The images are cropped to the brain, brain-extracted, 1 mm, quantised to 8 bits.

Training, {facts['trained_on']}:

{trained}

The encoder's deviations are multiplied by {' and '.join(f'{value:.2f} ({name})' for name, value in widen.items())}, the error over the
deviation it expects on the validation patient, whom it was not trained on. How much T1 is remapped in
training was judged there too, nothing on the test patients.

## Quality

{len(PATIENTS['test'])} test patients, {slices} axial slices each, evenly spaced over the brain; means over patients. Every image is over its
volume's foreground mean. PSNR (peak: the reference's maximum) and NRMSE are inside the brain over all slices of a
patient, SSIM is slice by slice. The data has no lesion masks: lesions are where the true FLAIR is {BRIGHT:.0f} robust deviations
above the brain's median and T2 above its own, {EDGE_VOXELS} mm and more from the brain's edge, in pieces of at least
{SMALLEST_VOXELS} voxels. "Mean in lesions" is the difference of the means there. "Detail" is the mean absolute difference of
neighbouring pixels: less than the truth's is blur. MR has no absolute scale and patients differ in it, so "levelled" is
after the gain and offset that fit the answer best, for every image alike. "T1, affine" is T1 itself, so fitted. "Guess alone" is the encoder's guess, without the denoiser.

{table(means(rows), per_method, titles)}

The largest loss from int8 against float32: {loss_of_int8(rows):.3f} dB.

What the denoiser adds is texture and doubt. {worth(rows)}

Each test patient, int8:

{table([row for row in each if row['precision'] == 'int8'], per_method, {'patient': 'patient'} | titles)}

## Uncertainty

The standard deviation of {count} samples against the absolute error of their mean, inside the brain: Spearman's rank
correlation pixel by pixel and after a Gaussian of 2 mm on both, and the spread (with the mean's own) over the error,
which is 1 where the spread is as large as the error.

{table([row for row in each if row['method'].startswith('mean')], certain, {'patient': 'patient'} | titles)}

## Limits

{limits}
"""
