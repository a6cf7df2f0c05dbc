"""Write `model.json` of a diffusion package: the files' sizes and hashes, and a probe.

The probe is one evaluation of each network on pseudo-random numbers, computed by ONNX Runtime;
`crates/pipelines/src/diffusion/probe.rs` is its twin.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from denoisers.graphs import session
from lcg import probe_image

SEED, TIME, SAMPLES = 1, 500.0, 64


def write(folder: Path, manifest: dict, names: list[str], edges: tuple[int, int]) -> dict:
    """Completes `manifest` with `files` and `probe` and writes it into `folder`, where the files `names` lie.

    `edges` are height and width of the slices that the probe gives (of x, for a model that is given none): a multiple
    of the condition's. The manifest's fields are those of `crates/pipelines/src/diffusion/manifest.rs`.
    """
    entries = []
    for name in names:
        content = (folder / name).read_bytes()
        entries.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    whole = manifest | {"files": entries, "probe": probe(folder, manifest["pipeline"], edges)}
    (folder / "model.json").write_text(json.dumps(whole, indent=2) + "\n")
    return whole


def run(path: Path, given: dict[str, np.ndarray]) -> np.ndarray:
    """First output of a graph; numbers are cast and shaped as the graph declares them."""
    graph, feed = session(path), {}
    for declared in graph.get_inputs():
        value = given[declared.name].astype(np.int64 if "int64" in declared.type else np.float32)
        feed[declared.name] = value.reshape([1] * (len(declared.shape) - value.ndim) + list(value.shape))
    return graph.run(None, feed)[0]


def probe(folder: Path, pipeline: dict, edges: tuple[int, int]) -> dict:
    """64 values of the denoiser's output followed by the decoder's image and what the image encoder makes of it, and how
    far a right one may be off."""
    named = lambda part, given: {pipeline[part][key]: value for key, value in given.items() if key in pipeline[part]}
    slices = pipeline.get("condition", {}).get("slices", 0)
    given = probe_image(SEED, slices * edges[0] * edges[1]).reshape(1, slices, *edges)
    condition = given
    if "encoder" in pipeline:
        condition = run(folder / pipeline["encoder"]["file"], named("encoder", {"image": given, "dose": np.array([0.5])}))
    channels, (height, width) = pipeline["sample"]["channels"], pipeline["sample"].get("edges", edges)
    x = 4 * probe_image(SEED + 1, channels * height * width).reshape(1, channels, height, width) - 2
    latent = probe_image(SEED + 2, pipeline["diffusion"].get("latent", 0))[None]
    numbers = probe_image(SEED + 3, len(pipeline.get("numbers", {}).get("entries", [])))[None]
    asked = {"x": x, "time": np.array([TIME]), "class": np.array([0]), "numbers": numbers, "condition": condition,
             "latent": latent}
    result = run(folder / pipeline["denoiser"]["file"], named("denoiser", asked)).ravel()
    if "decoder" in pipeline:
        image = run(folder / pipeline["decoder"]["file"], named("decoder", {"x": x, "condition": condition}))
        result = np.concatenate([result, image.ravel()])
        if "image_encoder" in pipeline:
            names = named("image_encoder", {"image": image, "condition": condition})
            result = np.concatenate([result, run(folder / pipeline["image_encoder"]["file"], names).ravel()])
    places = np.linspace(0, result.size - 1, SAMPLES).astype(int)
    return {"edges": list(edges), "seed": SEED, "time": TIME,
            "samples": [[int(place), float(result[place])] for place in places],
            "tolerance": float(1e-3 * np.abs(result).max())}
