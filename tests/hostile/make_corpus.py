"""Makes the seeds of the fuzz test: for each operator the smallest node test of the ONNX project that has it.

`python make_corpus.py` with the PyPI package onnx==1.19.1 writes seeds/*.onnx beside this file. A network
has its shapes and axes in the file, the node tests give them as inputs; so every input but the first becomes
an initialiser, of its test's own value. Files that the fuzz test found are kept in found/ and stay.
"""

from pathlib import Path

import onnx
from onnx.backend import test

MOST_BYTES = 2000
HERE = Path(__file__).parent


def baked(case: Path) -> onnx.ModelProto:
    """The model of a case with all inputs but the first as initialisers."""
    model = onnx.load(case / "model.onnx")
    for index, value in enumerate(list(model.graph.input)):
        if index == 0 or value.type.WhichOneof("value") != "tensor_type":
            continue
        tensor = onnx.load_tensor(case / "test_data_set_0" / f"input_{index}.pb")
        tensor.name = value.name
        model.graph.initializer.append(tensor)
        model.graph.input.remove(value)
    return model


def main() -> None:
    smallest: dict[str, bytes] = {}
    for case in sorted((Path(test.__file__).parent / "data" / "node").iterdir()):
        domains = {opset.domain: opset.version for opset in onnx.load(case / "model.onnx").opset_import}
        if domains.get("", 0) < 11:
            continue
        model = baked(case)
        seed = model.SerializeToString()
        for node in model.graph.node:
            if len(seed) < len(smallest.get(node.op_type, b"." * MOST_BYTES)):
                smallest[node.op_type] = seed
    folder = HERE / "seeds"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.onnx"):
        old.unlink()
    written: set[bytes] = set()
    for operator, seed in sorted(smallest.items()):
        if seed not in written:
            (folder / f"{operator}.onnx").write_bytes(seed)
        written.add(seed)


if __name__ == "__main__":
    main()
