"""Make the package ct-generate and the figure of its card.

    python -m denoisers.ct.package --version 1.0.0 --model DIR --run OUT --evaluation DIR

Writes `weights/ct-generate` and `docs/ct-generate.png`.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from denoisers import model_json
from denoisers.ct import card
from denoisers.ct.evaluate import BANK
from denoisers.ct.model import BANDS, BLOCK, BOUND, CLASSES, EDGE, HU, PIXEL_MM
from denoisers.ct.train import ETA, GUIDANCE, SAMPLING_STEPS, network

ROOT = Path(__file__).resolve().parents[3]
PACKAGE, FIGURE = ROOT / "weights/ct-generate", ROOT / "docs/ct-generate.png"
FILES = ["denoiser.onnx", "decoder.onnx", "image-encoder.onnx"]
SHOWN, GREYS, WINDOW = 5, 32, (-300.0, 500.0)  # images of a class, grey levels, HU


def manifest(figures: dict, version: str) -> dict:
    """`model.json` without files and probe."""
    return {
        "format": 1, "name": "ct-generate", "version": version, "title": "Synthetic CT slices", "licence": "CC-BY-4.0",
        "pipeline": {
            "kind": "diffusion",
            "diffusion": {"schedule": {"kind": "cosine", "timesteps": 1000}, "prediction": "v",
                          "clamp": {"kind": "range", "bound": BOUND}},
            "sampling": {"sampler": {"kind": "ddim", "eta": ETA}, "steps": SAMPLING_STEPS, "spacing": {"kind": "trailing"},
                         "guidance": {"scale": GUIDANCE}},
            "sample": {"channels": BANDS, "edges": [EDGE // BLOCK, EDGE // BLOCK]},
            "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "class": "label"},
            "decoder": {"file": "decoder.onnx", "x": "x"},
            "image_encoder": {"file": "image-encoder.onnx", "image": "image"},
            "classes": {"names": list(CLASSES), "unconditional": "extra-class"},
        },
        "output": {"modality": "CT", "unit": "HU", "spacing_mm": PIXEL_MM, "scale": {"range": {"low": HU[0], "high": HU[-1]}}},
        "quantisation": "int8, weight-only, per output channel",
        "training_data": card.TRAINING_DATA,
        "known_failures": card.known_failures(figures),
        "quality": card.quality(figures),
    }


def figure(samples: np.ndarray, nearest: np.ndarray, regions: np.ndarray, path: Path) -> None:
    """For each class a row of samples above a row of their nearest training slices."""
    rows = []
    for region in range(len(CLASSES)):
        first = np.flatnonzero(regions == region)[:SHOWN]
        rows += [np.hstack(samples[first]), np.hstack(nearest[first])]
    low, high = WINDOW
    shade = np.clip((np.vstack(rows) - low) / (high - low), 0, 1)
    levels = np.rint(shade * (GREYS - 1)).astype(np.uint8)
    image = Image.fromarray(levels).convert("P")
    image.putpalette([round(n * 255 / (GREYS - 1)) for n in range(GREYS) for _ in range(3)])
    image.save(path, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--version", required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--run", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--evaluation", type=Path, required=True, help="folder that evaluate.py wrote")
    parser.add_argument("--batch", type=int, default=16, help="of the training, for the card")
    given = parser.parse_args()
    figures = json.loads((given.evaluation / "evaluation.json").read_text())
    checkpoint = torch.load(given.run / "checkpoint.pt", map_location="cpu")
    made = {"steps": checkpoint["step"], "minutes": checkpoint["seconds"] / 60, "batch": given.batch, "bank": BANK}
    PACKAGE.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(given.model / name, PACKAGE / name)
    edges = EDGE // BLOCK, EDGE // BLOCK
    whole = model_json.write(PACKAGE, manifest(figures, given.version), FILES, edges)
    sizes = {entry["name"]: entry["bytes"] for entry in whole["files"]}
    parameters = sum(part.numel() for part in network().parameters())
    (PACKAGE / "CARD.md").write_text(card.text(figures, given.version, sizes, parameters, made))
    with np.load(given.evaluation / "samples.npz") as file:
        figure(file["samples"], file["nearest"], file["regions"], FIGURE)
    print(f"{FIGURE.name}: {FIGURE.stat().st_size} bytes; " + ", ".join(f"{name}: {size}" for name, size in sizes.items()))


if __name__ == "__main__":
    main()
