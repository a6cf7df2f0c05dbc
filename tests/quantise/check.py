"""Checks files that `darkroom quantize` wrote with the packages `onnx` and `onnxruntime`.

    python check.py MODEL.onnx INPUTS QUANTISED.onnx DARKROOM.npy ...

INPUTS is a folder with a NAME.npy for each input. For every QUANTISED.onnx, onnx.checker must pass with full
shape inference and ONNX Runtime must compute what Darkroom wrote into DARKROOM.npy, to 1e-5 of the largest
value; and nothing but the weights and what restores them may differ from MODEL.onnx.
Exits 77 where the packages are missing.
"""

import sys
from pathlib import Path

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as error:
    print(error)
    sys.exit(77)

RESTORING = {"DequantizeLinear", "Reshape", "Cast"}


def kept(before, after):
    """Whether all nodes of `before` stand unchanged in `after`, behind nodes that restore weights."""
    added = len(after.graph.node) - len(before.graph.node)
    assert {node.op_type for node in after.graph.node[:added]} <= RESTORING, "a node of another kind was added"
    assert list(after.graph.node[added:]) == list(before.graph.node), "a node changed"
    for field in ["input", "output", "value_info", "doc_string", "metadata_props"]:
        assert getattr(after.graph, field) == getattr(before.graph, field), f"the graph's {field} changed"
    for field in ["producer_name", "producer_version", "domain", "doc_string", "metadata_props"]:
        assert getattr(after, field) == getattr(before, field), f"the model's {field} changed"


def main(model, inputs, *pairs):
    before = onnx.load(model)
    feeds = {port.name: np.load(Path(inputs) / f"{port.name}.npy") for port in before.graph.input}
    for path, output in zip(pairs[::2], pairs[1::2]):
        after = onnx.load(path)
        onnx.checker.check_model(after, full_check=True)
        kept(before, after)
        # The extended level replaces products by ones that round the activations to int8 as well (5e-4 off).
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        wanted, got = session.run(None, feeds)[0], np.load(output)
        error = np.abs(got - wanted).max() / np.abs(wanted).max()
        print(f"{Path(path).name}: {error:.1e}")
        assert error < 1e-5, f"{path}: Darkroom and ONNX Runtime differ by {error}"


main(*sys.argv[1:])
