"""What the recipes export with: the weights of a training, and a graph with open axes."""

from pathlib import Path

import onnx
import torch

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
