"""Write the package mr-translate: graphs, `model.json`, `CARD.md`.

    python -m denoisers.mr.package --weights RUN --model DIR --figures FILE.json --trained-on "one core of a CPU, bfloat16" \
        --out ../weights/mr-translate
"""

import argparse
import json
import shutil
from pathlib import Path

import torch

from denoisers.model_json import write
from denoisers.mr.card import TRAINING_DATA, card, failures, quality
from denoisers.mr.evaluate import EVALUATIONS, MULTIPLE
from denoisers.mr.model import CONTRASTS, SLICES, Guess, Translator
from denoisers.mr.train import SHARES

VERSION = "1.0.0"
FILES = ["encoder.onnx", "denoiser.onnx", "decoder.onnx", "image-encoder.onnx"]
# The patients' 1 mm and what the synthetic brains' sizes were drawn from.
SPACING_MM = [0.85, 1.2]
STAGES = {"synthetic": "The guess, on synthetic brains", "guess": "The guess, on patients and some synthetic brains",
          "denoiser": "The denoiser, on patients"}


def manifest(rows: list[dict]) -> dict:
    """What `model.json` says, without files and probe."""
    return {
        "format": 1, "name": "mr-translate", "version": VERSION, "title": "T1 to T2 or FLAIR (brain MR, synthetic)",
        "licence": "CC-BY-4.0",
        "pipeline": {
            "kind": "diffusion",
            "diffusion": {"schedule": {"kind": "cosine", "timesteps": 1000}, "prediction": "v"},
            "sampling": {"sampler": {"kind": "dpm-solver"}, "steps": EVALUATIONS, "spacing": {"kind": "trailing"}},
            "sample": {"channels": 1},
            "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "class": "contrast",
                         "condition": "condition"},
            "encoder": {"file": "encoder.onnx", "image": "slices"},
            "decoder": {"file": "decoder.onnx", "x": "x"},
            "image_encoder": {"file": "image-encoder.onnx", "image": "image"},
            "classes": {"names": list(CONTRASTS)},
            "condition": {"modality": "MR", "normalisation": "foreground-mean", "slices": SLICES,
                          "multiple": MULTIPLE, "spacing_mm": SPACING_MM},
        },
        "output": {"modality": "MR", "unit": "", "spacing_mm": 0, "scale": "input"},
        "quantisation": "int8 weights, one scale for each output channel; small layers float32",
        "training_data": TRAINING_DATA, "known_failures": failures(rows), "quality": quality(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--figures", type=Path, required=True, help="file that evaluate.py wrote for the test patients")
    parser.add_argument("--trained-on", required=True, help="the machine and its number format, in words, for the card")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(given.model / name, given.out / name)
    rows = json.loads(given.figures.read_text())
    write(given.out, manifest(rows), FILES, (32, 40))
    stages = []
    for folder in SHARES:
        state = torch.load(given.weights / folder / "checkpoint.pt", map_location="cpu")
        stages.append({"name": STAGES[folder], "step": state["step"], "seconds": state["seconds"]})
    count = lambda network: sum(weights.numel() for weights in network.parameters())
    facts = {"version": VERSION, "bytes": sum((given.out / name).stat().st_size for name in FILES),
             "encoder": count(Guess()), "denoiser": count(Translator()), "trained_on": given.trained_on}
    widen = json.loads((given.model / "widen.json").read_text())
    (given.out / "CARD.md").write_text(card(rows, stages, widen, facts))


if __name__ == "__main__":
    main()
