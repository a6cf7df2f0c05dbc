"""Export mr-translate: encoder and denoiser with int8 weights, decoder.

    python -m denoisers.mr.export --data DIR --weights RUN --out DIR

The encoder's deviations are widened by what the guess errs on the validation patient beyond what it expects there.
The float32 graphs go to DIR/float32, the factors to DIR/widen.json.
"""

import argparse
import json
from pathlib import Path

import torch

from denoisers.exporting import export, load
from denoisers.mr.data import neighbours, patients
from denoisers.mr.model import CONDITION, CONTRASTS, SLICES, Decode, Encode, Guess, ImageEncode, Translator
from export import quantise


def trained(network: torch.nn.Module, folder: Path) -> torch.nn.Module:
    """The network with the averaged weights of a stage, or of its checkpoint while it trains."""
    finished = folder / "denoiser.pt"
    return load(finished if finished.exists() else folder / "checkpoint.pt", network)


@torch.no_grad()
def widening(guess: Guess, volumes) -> tuple[float, ...]:
    """rms(error of the guess) / rms(deviation it expects) of each contrast, inside the brain, on every fourth slice."""
    encode, error, expected = Encode(guess), 0.0, 0.0
    for volume in volumes:
        for z in range(0, volume.shape[1], 4):
            edges = [n // 8 * 8 for n in volume.shape[2:]]
            cut = torch.from_numpy(volume[:, :, : edges[0], : edges[1]])
            condition = encode(torch.from_numpy(neighbours(cut[0].numpy(), z))[None])[0]
            inside = cut[0, z] > 0
            guesses, deviations = condition[1:].split(len(CONTRASTS))
            error = error + ((guesses - cut[1:, z]) * inside).square().sum((1, 2))
            expected = expected + (deviations * inside).square().sum((1, 2))
    return tuple((error / expected).sqrt().tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="folder that train.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    wide = given.out / "float32"
    wide.mkdir(parents=True, exist_ok=True)
    guess = trained(Guess(), given.weights / "guess")
    widen = widening(guess, patients(given.data, "validation"))
    (given.out / "widen.json").write_text(json.dumps(dict(zip(CONTRASTS, widen))) + "\n")
    x, condition = torch.zeros(1, 1, 32, 32), torch.ones(1, CONDITION, 32, 32)
    export(Encode(guess, widen), (torch.zeros(1, SLICES, 32, 32),), wide / "encoder.onnx", ["slices"], "condition",
           ["slices"])
    export(trained(Translator(), given.weights / "denoiser"), (x, torch.zeros(1), condition, torch.zeros(1).long()),
           wide / "denoiser.onnx", ["x", "timestep", "condition", "contrast"], "v", ["x", "condition"])
    export(Decode(), (x,), given.out / "decoder.onnx", ["x"], "image", ["x"])
    export(ImageEncode(), (x,), given.out / "image-encoder.onnx", ["image"], "x", ["image"])
    for name in ("encoder.onnx", "denoiser.onnx"):
        quantise(wide / name, given.out / name)


if __name__ == "__main__":
    main()
