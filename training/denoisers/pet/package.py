"""Make `weights/pet-diffuse` from an export and its figures.

    python -m denoisers.pet.package --model DIR --figures FILE.json --steps 17000 --minutes 70 --version 1.0.0
"""

import argparse
import json
import shutil
from pathlib import Path

from denoisers import model_json
from denoisers.pet.evaluate import EVALUATIONS
from denoisers.pet.model import SLICES

OUT = Path(__file__).resolve().parents[3] / "weights/pet-diffuse"
FILES = ["encoder.onnx", "denoiser.onnx", "decoder.onnx", "image-encoder.onnx"]

FAILURES = [
    "Trained on simulated FDG PET only; real scanners, other tracers and dynamic frames are outside.",
    "A single sample carries noise like a standard-dose scan's that was never measured: no spot in it is evidence.",
    "What it does to lesions was not measured; the card of pet-enhance has figures for the one-pass model.",
    "The spread says how much samples disagree, not how wrong they are: it misses what all samples get wrong.",
    "Slices are made one by one, so a sample's noise does not continue from slice to slice.",
]


def fraction(dose: float) -> str:
    return f"1/{round(1 / dose)}"


def table(rows: list[dict], precision: str, figure: str, images: list[str], digits: int) -> list[str]:
    lines = [f"| dose | {' | '.join(images)} |", "|" + "---|" * (len(images) + 1)]
    for row in rows:
        if row["precision"] == precision:
            cells = (f"{row[image][figure]:.{digits}f}" for image in images)
            lines.append(f"| {fraction(row['dose'])} | {' | '.join(cells)} |")
    return lines


def pair(rows: list[dict], dose: float) -> dict[str, dict]:
    """The rows of one dose by precision."""
    return {row["precision"]: row for row in rows if row["dose"] == dose}


def card(rows: list[dict], manifest: dict, steps: int, minutes: int) -> str:
    size = sum(entry["bytes"] for entry in manifest["files"])
    doses = [row["dose"] for row in rows if row["precision"] == "int8"]
    images, shown = ["input", "sample", "mean", "one-pass"], ["input", "sample", "mean", "one-pass", "standard"]
    loss = max(abs(pair(rows, dose)["float32"]["mean"]["psnr"] - pair(rows, dose)["int8"]["mean"]["psnr"]) for dose in doses)
    spread = ", ".join(f"{pair(rows, dose)['int8']['spread']['rank_correlation']:.2f} at {fraction(dose)}" for dose in doses)
    first = rows[0]
    lines = [
        f"# {manifest['name']} {manifest['version']}", "",
        "Low-dose FDG PET in, samples of what the standard-dose scan may look like out. **Research and teaching only. Not for",
        "diagnosis.** For one best estimate use `pet-enhance`, which is closer to the standard dose; this model is for seeing",
        "what the counts leave open: samples with the noise and the texture of a standard-dose scan, their mean, their spread.",
        "",
        f"A diffusion model in the plane: {SLICES} neighbouring low-dose slices and the dose make the condition "
        "(`encoder.onnx`), a U-Net predicts v",
        f"(`denoiser.onnx`, int8 weights), {EVALUATIONS} DDIM evaluations by default, and the image is the local mean of "
        "the slices plus the sampled residual",
        f"in units of its counting noise (`decoder.onnx`). {size} bytes. The residual is what makes few evaluations enough.",
        "", "## Data and training", "",
        "Simulated FDG PET pairs, those of `pet-enhance` (its card names the anatomy and the physics), 71 of the training",
        f"split. {steps} steps of 8 squares of 64x64 pixels, {minutes} minutes on one busy CPU core with other work beside",
        "it (no GPU); weights averaged. `training/denoisers/pet/train.py` goes on from its checkpoint for as long as one likes.",
        "", "## Quality", "",
        f"{first['phantoms']} held-out phantoms, {first['slices']} slices of each, against the standard-dose slice inside the body. "
        f"\"mean\" is of {first['samples']} samples, \"one-pass\"",
        f"is `pet-enhance` {first['one_pass_version']} without a mask on the same slices. int8 weights.", "", "NRMSE:", "",
        *table(rows, "int8", "nrmse", images, 4), "", "NRMSE against the noise-free reconstruction:", "",
        *table(rows, "int8", "nrmse_noise_free", shown, 4), "", "PSNR in dB:", "",
        *table(rows, "int8", "psnr", images, 2), "",
        "Sharpness, the mean absolute difference of neighbouring pixels, normalised values:", "",
        *table(rows, "int8", "sharpness", shown, 3), "",
        "Noise below 1.5 pixels, relative to the body's mean:", "", *table(rows, "int8", "noise", shown, 3), "",
        "Its texture, the correlation of that noise between neighbouring pixels (1 would be blobs, 0 is white):", "",
        *table(rows, "int8", "texture", shown, 3), "",
        f"Spread against true error, rank correlation over the body's pixels: {spread}.", "",
        f"float32 against int8: PSNR of the mean differs by at most {loss:.3f} dB.", "", "## Known failures", "",
        *(f"- {failure}" for failure in manifest["known_failures"]), "",
    ]
    return "\n".join(lines)


def manifest(version: str, rows: list[dict]) -> dict:
    figures = [{"what": f"NRMSE of the mean of {row['samples']} samples at {fraction(row['dose'])} of the dose, simulated",
                "value": round(row["mean"]["nrmse"], 4)} for row in rows if row["precision"] == "int8"]
    return {
        "format": 1, "name": "pet-diffuse", "version": version, "title": "PET, samples of the standard dose",
        "licence": "CC-BY-4.0",
        "pipeline": {
            "kind": "diffusion",
            "diffusion": {"schedule": {"kind": "cosine", "timesteps": 1000}, "prediction": "v"},
            "sampling": {"sampler": {"kind": "ddim"}, "steps": EVALUATIONS, "spacing": {"kind": "trailing"}},
            "sample": {"channels": 1},
            "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "condition": "condition"},
            "encoder": {"file": "encoder.onnx", "image": "slices", "dose": "dose"},
            "decoder": {"file": "decoder.onnx", "x": "x", "condition": "condition"},
            "image_encoder": {"file": "image-encoder.onnx", "image": "image", "condition": "condition"},
            "condition": {"modality": "PT", "normalisation": "foreground-mean", "slices": SLICES, "multiple": 4,
                          "spacing_mm": [1.5, 6.0]},
        },
        "output": {"modality": "PT", "unit": "", "spacing_mm": 0, "scale": "input"},
        "quantisation": "denoiser int8, weight-only, per output channel",
        "training_data": "Simulated FDG PET pairs from procedural torsos, whole-head label maps and limb CTs; no real PET.",
        "known_failures": FAILURES, "quality": figures,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--figures", type=Path, required=True, help="file that evaluate.py wrote")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--minutes", type=int, required=True)
    parser.add_argument("--version", required=True)
    given = parser.parse_args()
    rows = json.loads(given.figures.read_text())
    OUT.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(given.model / name, OUT)
    whole = model_json.write(OUT, manifest(given.version, rows), FILES, (32, 32))
    (OUT / "CARD.md").write_text(card(rows, whole, given.steps, given.minutes))


if __name__ == "__main__":
    main()
