"""Export the trained generator to ONNX with int8 weights.

    python export.py --weights OUT/generator.pt --out DIR

Writes `float32.onnx` and `int8.onnx`. Int8 is weight-only, symmetric, one scale for each output
channel, in standard DequantizeLinear nodes; biases and the small last convolution stay float32.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from conditioning import CHANNELS
from network import Generator

OUTPUT_AXIS = {"Conv": 0, "ConvTranspose": 1}  # where ONNX keeps the output channels of the weights
SMALLEST = 2048  # weights with fewer elements stay float32: nothing to gain


def load(weights: Path) -> Generator:
    """The generator in evaluation mode, from `generator.pt` or the average inside a checkpoint."""
    state = torch.load(weights, map_location="cpu")
    net = Generator(state["widths"], state["own_counts"])
    net.load_state_dict(state["average"])
    return net.eval()


def export_float(net: Generator, path: Path) -> None:
    """The float32 graph, every extent open."""
    extents = {2: "depth", 3: "height", 4: "width"}
    inputs = torch.rand(1, 1, 16, 16, 16), torch.rand(1, CHANNELS, 16, 16, 16)
    torch.onnx.export(net, inputs, path, dynamo=False, opset_version=17, input_names=["pet", "regions"],
                      output_names=["enhanced"], dynamic_axes={name: extents for name in ("pet", "regions", "enhanced")})
    onnx.checker.check_model(onnx.load(path))


def quantise(source: Path, target: Path) -> None:
    """Replaces each large convolution weight by int8 and a DequantizeLinear of the same name."""
    model = onnx.load(source)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [node for node in graph.node if node.op_type in OUTPUT_AXIS]:
        name, axis = node.input[1], OUTPUT_AXIS[node.op_type]
        values = numpy_helper.to_array(weights[name])
        if values.size < SMALLEST:
            continue
        rest = tuple(a for a in range(values.ndim) if a != axis)
        scale = np.maximum(np.abs(values).max(axis=rest), 1e-12).astype(np.float32) / 127
        steps = np.rint(values / np.expand_dims(scale, rest)).astype(np.int8)
        graph.initializer.remove(weights[name])
        graph.initializer.extend([numpy_helper.from_array(steps, f"{name}.int8"),
                                  numpy_helper.from_array(scale, f"{name}.scale")])
        graph.node.insert(0, onnx.helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name],
                                                   name=f"dequantise.{name}", axis=axis))
    onnx.checker.check_model(model)
    onnx.save(model, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    float32, int8 = arguments.out / "float32.onnx", arguments.out / "int8.onnx"
    export_float(load(arguments.weights), float32)
    quantise(float32, int8)
    for path in (float32, int8):
        print(f"{path} {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
