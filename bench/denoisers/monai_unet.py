"""MONAI's DiffusionModelUNet of `bench/peers` as a diffusion package: 64x64, channels 64, 128, 256.

    python monai_unet.py MODELS OUT

MODELS is the folder that `bench/peers/models.py` wrote; `model.onnx` and `model.json` go to OUT.
"""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "training"))

from denoisers import model_json  # noqa: E402

MANIFEST = {
    "format": 1, "name": "monai-diffusion-unet-64", "version": "1", "title": "MONAI DiffusionModelUNet, 64x64",
    "licence": "Apache-2.0",
    "pipeline": {
        "kind": "diffusion",
        "diffusion": {"schedule": {"kind": "cosine", "timesteps": 1000}, "clamp": {"kind": "range", "bound": 1.0}},
        "sampling": {"sampler": {"kind": "ddim"}, "steps": 8, "spacing": {"kind": "trailing"}},
        "sample": {"channels": 1, "edges": [64, 64]},
        "denoiser": {"file": "model.onnx", "x": "x", "time": "timesteps"},
    },
    "output": {"modality": "OT", "unit": "HU", "spacing_mm": 1.0, "scale": {"range": {"low": -1000, "high": 1000}}},
    "quantisation": "float32", "training_data": "None: its weights are random.", "known_failures": [],
}


def main() -> None:
    models, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(models / "diffusion2d/model.onnx", out)
    model_json.write(out, MANIFEST, ["model.onnx"], (64, 64))


if __name__ == "__main__":
    main()
