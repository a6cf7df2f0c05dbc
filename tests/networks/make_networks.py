"""Exports every network of catalogue.py by both exporters of PyTorch and keeps PyTorch's own numbers beside them.

Each network becomes one archive `exports/NAME.zip` with `torchscript.onnx` (operator set 17 unless the catalogue says
otherwise), `dynamo.onnx` (the exporter's default set), `inputs/*.npy` and `outputs/*.npy`. ONNX Runtime must agree with
PyTorch before anything is written. Run: `python make_networks.py [NAME...]` with the versions of requirements.lock.
"""

import io
import logging
import sys
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from catalogue import NETWORKS, Network

EXPORTS = Path(__file__).parent / "exports"
SEED = 20261121

# Weights walk through one table of few distinct numbers, so that deflate packs them well. Its length is prime, so that no
# two rows of a weight are the same, and fits deflate's window of 32 KiB.
TABLE = np.rint(4 * np.random.Generator(np.random.PCG64(SEED)).standard_normal(4093)).astype(np.float32) / 4

# What two right implementations of one network may differ by: they sum float32 in another order.
AGREEMENT = 2e-5


def walk(name: str, shape: torch.Size) -> torch.Tensor:
    """Numbers of the table from a place that the name gives."""
    count = int(np.prod(shape))
    start = zlib.crc32(name.encode()) % len(TABLE)
    return torch.from_numpy(np.resize(np.roll(TABLE, -start), count).reshape(shape).copy())


def fill(net: nn.Module) -> None:
    """New weights for all layers. Above all for those that start at zero, behind which nothing could be tested."""
    state = net.state_dict()
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        numbers, last = walk(name, tensor.shape), name.rsplit(".", 1)[-1]
        if last == "running_var":
            tensor.copy_(0.5 + numbers.abs())
        elif tensor.ndim >= 2:
            tensor.copy_(numbers * 2.0 ** -np.rint(np.log2(np.prod(tensor.shape[1:])) / 2))
        elif last == "weight" and tensor.numel() > 1:
            tensor.copy_(1 + 0.25 * numbers)
        elif tensor.numel() > 1 or last == "bias":
            tensor.copy_(0.25 * numbers)


def make_input(kind: tuple, random: np.random.Generator) -> torch.Tensor:
    """See `Network.inputs`."""
    match kind:
        case ("steps", count):
            return torch.from_numpy(random.integers(1, 1000, count))
        case ("classes", count, of):
            return torch.from_numpy(random.integers(0, of, count))
        case ("labels", (batch, classes, *spatial)):
            labels = torch.from_numpy(random.integers(0, classes, (batch, *spatial)))
            return nn.functional.one_hot(labels, classes).movedim(-1, 1).float().contiguous()
        case shape:
            return torch.from_numpy(random.standard_normal(shape, dtype=np.float32))


class Called(nn.Module):
    """A network as `Network.call` uses it."""

    def __init__(self, net: nn.Module, network: Network):
        super().__init__()
        self.net, self.call = net, network.call

    def forward(self, *inputs):
        return self.call(self.net, *inputs)


def open_axes(network: Network, inputs: dict[str, torch.Tensor], dynamo: bool) -> dict:
    """The exporter's option that leaves all axes but the channels open."""
    if not network.open:
        return {}
    axes = {name: [axis for axis in range(value.ndim) if axis != 1] for name, value in inputs.items()}
    if dynamo:
        return {"dynamic_shapes": (tuple({a: torch.export.Dim.AUTO for a in axes[name]} for name in inputs),)}
    return {"dynamic_axes": axes}


def export(net: nn.Module, network: Network, inputs: dict[str, torch.Tensor], dynamo: bool) -> bytes:
    """One ONNX file with its weights inside."""
    names = {"input_names": list(inputs), "output_names": list(network.outputs)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        choice = {"dynamo": dynamo, "opset_version": network.opsets[dynamo]} | ({"external_data": False} if dynamo else {})
        torch.onnx.export(net, tuple(inputs.values()), path, verbose=False, **choice, **names,
                          **open_axes(network, inputs, dynamo))
        model = onnx.load(path)
    # Where a node came from in Python is of no use here and most of a dynamo export.
    del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def check(name: str, model: bytes, inputs: dict[str, torch.Tensor], wanted: dict[str, np.ndarray]) -> float:
    """The largest relative error of ONNX Runtime, which must be rounding."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    got = session.run(list(wanted), {key: value.numpy() for key, value in inputs.items()})
    errors = [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(got, wanted.values())]
    if not max(errors) <= AGREEMENT:
        raise SystemExit(f"{name}: ONNX Runtime and PyTorch differ by {errors}")
    return float(max(errors))


def npy(array: np.ndarray) -> bytes:
    """The bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def pack(path: Path, files: dict[str, bytes]) -> None:
    """A zip archive without dates, so that the same content gives the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def write(name: str, network: Network) -> None:
    """Makes the archive of one network."""
    torch.manual_seed(SEED)
    random = np.random.Generator(np.random.PCG64(SEED))
    net = Called(network.make(), network).eval()
    fill(net.net)
    inputs = {key: make_input(kind, random) for key, kind in network.inputs.items()}
    with torch.no_grad():
        results = net(*inputs.values())
    results = results if isinstance(results, tuple) else (results,)
    outputs = {key: result.numpy() for key, result in zip(network.outputs, results, strict=True)}
    for key, output in outputs.items():
        if not np.isfinite(output).all() or output.std() < 1e-3:
            raise SystemExit(f"{name}: output {key} carries no signal")
    files, report = {}, []
    for exporter in ("torchscript", "dynamo"):
        model = export(net, network, inputs, exporter == "dynamo")
        report.append(f"{exporter} {check(name, model, inputs, outputs):.1e}")
        files[f"{exporter}.onnx"] = model
    files |= {f"inputs/{key}.npy": npy(value.numpy()) for key, value in inputs.items()}
    files |= {f"outputs/{key}.npy": npy(value) for key, value in outputs.items()}
    pack(EXPORTS / f"{name}.zip", files)
    weights = sum(parameter.numel() for parameter in net.state_dict().values())
    size = (EXPORTS / f"{name}.zip").stat().st_size
    print(f"{name}: {weights} weights, {size >> 10} KiB, ONNX Runtime against PyTorch {', '.join(report)}", flush=True)


def main(wanted: list[str]) -> None:
    """Makes the named networks, or all."""
    torch.set_grad_enabled(False)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    EXPORTS.mkdir(exist_ok=True)
    for name in wanted or NETWORKS:
        write(name, NETWORKS[name])


if __name__ == "__main__":
    main(sys.argv[1:])
