"""Export pet-diffuse: encoder, denoiser with int8 weights, decoder.

    python -m denoisers.pet.export --weights OUT/denoiser.pt --out DIR
"""

import argparse
from pathlib import Path

import torch

from denoisers.exporting import export, load
from denoisers.pet.model import CONDITION, SLICES, Decode, Encode, ImageEncode
from denoisers.pet.train import network
from export import quantise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    x, condition = torch.zeros(1, 1, 32, 32), torch.zeros(1, CONDITION, 32, 32)
    export(Encode(), (torch.zeros(1, SLICES, 32, 32), torch.zeros(1, 1)), given.out / "encoder.onnx", ["slices", "dose"],
           "condition", ["slices"])
    export(load(given.weights, network()), (x, torch.zeros(1), condition), given.out / "float32.onnx",
           ["x", "timestep", "condition"], "v", ["x", "condition"])
    quantise(given.out / "float32.onnx", given.out / "denoiser.onnx")
    export(Decode(), (x, condition), given.out / "decoder.onnx", ["x", "condition"], "image", ["x", "condition"])
    export(ImageEncode(), (x, condition), given.out / "image-encoder.onnx", ["image", "condition"], "x", ["image", "condition"])


if __name__ == "__main__":
    main()
