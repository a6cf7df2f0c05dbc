"""Export the trained segmenter and put it into the package of pet-enhance.

    python -m segmenter.export --weights OUT/checkpoint.pt --out OUT --package ../weights/pet-enhance --version 1.2.0

Writes `float32.onnx` and `int8.onnx`; with `--package` also the package's `segmenter.onnx` and what its `model.json`
says of it. The graph gives scores, not probabilities: they are interpolated between cells before the highest is taken.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from denoisers.exporting import export, load
from export import quantise
from lcg import probe_image
from segmenter.cells import CELL_MM, MULTIPLE
from segmenter.model import Segmenter

PROBE = (16, 16, 16)
GRAPH, INPUT, OUTPUT = "segmenter.onnx", "pet", "scores"
TILE = {"inner": 48, "halo": 16, "multiple": MULTIPLE}


def export_float(net: Segmenter, path: Path) -> None:
    """The float32 graph, every extent open."""
    extents = {2: "depth", 3: "height", 4: "width"}
    export(net, (torch.rand(1, 1, *PROBE),), path, [INPUT], OUTPUT, [INPUT, OUTPUT], extents)


def probe(model: Path) -> dict:
    """64 samples of ONNX Runtime's scores on the pseudo-random image, and the thousandth of the largest that may differ."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    pet = probe_image(1, int(np.prod(PROBE))).reshape(1, 1, *PROBE)
    scores = session.run(None, {INPUT: pet})[0].ravel()
    indices = np.linspace(0, scores.size - 1, 64).astype(int)
    return {"dims": list(PROBE), "seed": 1, "samples": [[int(i), float(scores[i])] for i in indices],
            "tolerance": round(1e-3 * float(np.abs(scores).max()), 6)}


def put_into(package: Path, model: Path, version: str) -> None:
    """Adds the graph to a package: its file, its hash and how it is run."""
    shutil.copyfile(model, package / GRAPH)
    data, path = model.read_bytes(), package / "model.json"
    manifest = json.loads(path.read_text())
    manifest["version"] = version
    manifest["regions"]["segmenter"] = {"graph": GRAPH, "input": INPUT, "cell_mm": CELL_MM, "tile": TILE, "probe": probe(model)}
    others = [entry for entry in manifest["files"] if entry["name"] != GRAPH]
    manifest["files"] = [*others, {"name": GRAPH, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}]
    path.write_text(json.dumps(manifest, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--version")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    float32, int8 = given.out / "float32.onnx", given.out / "int8.onnx"
    export_float(load(given.weights, Segmenter()), float32)
    quantise(float32, int8)
    for path in (float32, int8):
        print(f"{path} {path.stat().st_size} bytes")
    if given.package:
        if not given.version:
            parser.error("a changed package needs a --version")
        put_into(given.package, int8, given.version)


if __name__ == "__main__":
    main()
