"""Export pet-diffuse: encoder, denoiser with int8 weights, decoder.

    python export_pet.py --weights OUT/denoiser.pt --out DIR
"""

import argparse
import sys
from pathlib import Path

import onnx
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from export import quantise  # noqa: E402
from pet import CONDITION, SLICES, Decode, Encode  # noqa: E402
from train_pet import network  # noqa: E402

EDGES = {2: "height", 3: "width"}


def load(path: Path, denoiser: torch.nn.Module) -> torch.nn.Module:
    """The denoiser with the weights of `denoiser.pt` or the average inside a checkpoint."""
    state = torch.load(path, map_location="cpu")
    denoiser.load_state_dict(state.get("average", state))
    return denoiser.eval()


def export(module: torch.nn.Module, given: tuple, path: Path, inputs: list[str], output: str, open_: list[str],
           axes: dict[int, str] = EDGES) -> None:
    """One graph; the axes, height and width unless others are given, of the inputs named last stay open."""
    torch.onnx.export(module, given, path, dynamo=False, opset_version=17, input_names=inputs, output_names=[output],
                      dynamic_axes={name: axes for name in open_})
    onnx.checker.check_model(onnx.load(path))


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


if __name__ == "__main__":
    main()
