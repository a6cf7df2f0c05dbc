"""Export ct-generate: denoiser with float32 and with int8 weights, decoder, image encoder.

    python -m denoisers.ct.export --weights OUT/denoiser.pt --out DIR
"""

import argparse
from pathlib import Path

import torch

from denoisers.ct.model import BANDS, BLOCK, CLASSES, EDGE, Decode, ImageEncode
from denoisers.ct.train import network
from denoisers.exporting import export, load
from export import quantise

INPUTS = ["x", "timestep", "label"]


class Labelled(torch.nn.Module):
    """The denoiser with a class and no condition."""

    def __init__(self, denoiser: torch.nn.Module):
        super().__init__()
        self.denoiser = denoiser

    def forward(self, x, timestep, label):
        return self.denoiser(x, timestep, label=label)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    x = torch.zeros(2, BANDS, EDGE // BLOCK, EDGE // BLOCK)
    asked = x, torch.zeros(2), torch.tensor([0, len(CLASSES)])
    # Guidance evaluates a batch of two.
    export(Labelled(load(given.weights, network())), asked, given.out / "float32.onnx", INPUTS, "v", INPUTS, {0: "batch"})
    quantise(given.out / "float32.onnx", given.out / "denoiser.onnx")
    export(Decode(), (x[:1],), given.out / "decoder.onnx", ["x"], "image", [])
    export(ImageEncode(), (torch.zeros(1, 1, EDGE, EDGE),), given.out / "image-encoder.onnx", ["image"], "x", [])


if __name__ == "__main__":
    main()
