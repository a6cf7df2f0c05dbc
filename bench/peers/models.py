"""The networks of `cargo xtask bench peers`: exported to ONNX, each with an input and PyTorch's output.

    python models.py OUT [NAME...]

Each becomes a folder OUT/NAME: `model.onnx`, `case.json`, and a file of raw little-endian values for each input and
output. Weights and inputs are random with a fixed seed; what is made is kept until a script here changes.
"""

import hashlib
import json
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from monai.networks.nets import AutoencoderKL, DiffusionModelUNet
from onnx import numpy_helper
from torch import nn

from networks import Pix2PixUnet, Unet3d

HERE = Path(__file__).parent
WEIGHTS = HERE.parents[1] / "weights/pet-enhance"
SEED = 20261121


class Decoder(nn.Module):
    """The way back of an autoencoder."""

    def __init__(self, net: AutoencoderKL):
        super().__init__()
        self.net = net

    def forward(self, latent):
        return self.net.decode(latent)


def diffusion(dims: int, channels: tuple[int, ...], blocks: int, groups: int, head: int) -> DiffusionModelUNet:
    """MONAI's denoiser, with attention on all levels but the first."""
    return DiffusionModelUNet(spatial_dims=dims, in_channels=1, out_channels=1, num_res_blocks=blocks,
                              channels=channels, attention_levels=(False, *(True for _ in channels[1:])),
                              norm_num_groups=groups, num_head_channels=head)


def decoder() -> Decoder:
    """From 64x64 with attention over its 4096 places to 256x256."""
    return Decoder(AutoencoderKL(spatial_dims=2, in_channels=1, out_channels=1, num_res_blocks=1, latent_channels=4,
                                 channels=(32, 64, 128), attention_levels=(False, False, True), norm_num_groups=16))


def pet_enhance() -> nn.Module:
    """The shipped generator, with the very weights of its ONNX file, int8 multiplied out."""
    sys.path.insert(0, str(HERE.parents[1] / "training"))
    from network import Generator

    graph = onnx.load(WEIGHTS / "pet-enhance.onnx").graph
    net = Generator(own_counts=any(node.op_type == "Exp" for node in graph.node))  # as version 2 and later end
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    modules = dict(net.named_modules())
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            steps, scale = (values[name].astype(np.float32) for name in node.input)
            axis = next(attribute.i for attribute in node.attribute if attribute.name == "axis")
            values[node.output[0]] = steps * scale.reshape([-1 if a == axis else 1 for a in range(steps.ndim)])
        path = re.fullmatch(r"/(.+)/Conv(Transpose)?", node.name)
        # The exporter calls the first module of a sequence /transfer/transfer.0, PyTorch transfer.0.
        place = path and re.sub(r"\b(\w+)\.\1\.", r"\1.", path[1].replace("/", "."))
        if place and (module := modules.get(place)):
            for name, value in zip(("weight", "bias"), node.input[1:]):
                setattr(module, name, nn.Parameter(torch.from_numpy(values[value].copy())))
    for module in modules.values():
        if isinstance(getattr(module, "norm", None), nn.BatchNorm3d):
            module.norm = nn.Identity()  # the exporter has multiplied it into the convolution before it
    return net


@dataclass
class Model:
    """`inputs`: the shape of normal noise, or `"step"` for a time step."""

    title: str
    make: Callable[[], nn.Module]
    inputs: dict[str, tuple[int, ...] | str]


MODELS = {
    "conv": Model("3x3 convolution, 64 to 64 channels, 128x128", lambda: nn.Conv2d(64, 64, 3, padding=1),
                  {"x": (1, 64, 128, 128)}),
    "pix2pix": Model("pix2pix U-Net, base 32, 256x256", lambda: Pix2PixUnet(3, (32, 64, 128, 256, 256, 256)),
                     {"image": (1, 3, 256, 256)}),
    "diffusion2d": Model("MONAI DiffusionModelUNet (64, 128, 256), 64x64",
                         lambda: diffusion(2, (64, 128, 256), 2, 32, 64), {"x": (1, 1, 64, 64), "timesteps": "step"}),
    "decoder": Model("MONAI AutoencoderKL decoder (32, 64, 128), to 256x256", decoder, {"latent": (1, 4, 64, 64)}),
    "unet3d": Model("3D U-Net, base 16, 64x64x64", lambda: Unet3d(1, (16, 32, 64, 128)), {"image": (1, 1, 64, 64, 64)}),
    "diffusion3d": Model("MONAI DiffusionModelUNet 3D (32, 64, 64), 32x32x32",
                         lambda: diffusion(3, (32, 64, 64), 1, 16, 32), {"x": (1, 1, 32, 32, 32), "timesteps": "step"}),
    "pet-enhance": Model("Darkroom's pet-enhance, int8 weights, one tile of 96x96x96", pet_enhance,
                         {"pet": (1, 1, 96, 96, 96), "regions": (1, 10, 96, 96, 96)}),
}


def wake(net: nn.Module) -> None:
    """Weights for the layers that start at zero, behind which nothing could be checked."""
    for parameter in net.parameters():
        if parameter.ndim > 1 and not parameter.any():
            nn.init.kaiming_uniform_(parameter, a=5**0.5)


def write(folder: Path, name: str, values: torch.Tensor) -> dict:
    """One tensor as a file, and what the page must know of it."""
    file = f"{name}.bin"
    values.numpy().tofile(folder / file)
    return {"name": name, "dims": list(values.shape), "type": str(values.numpy().dtype), "file": file}


def make(name: str, folder: Path, stamp: str) -> None:
    """Exports one model and computes its golden output."""
    model = MODELS[name]
    torch.manual_seed(SEED)
    net = model.make().eval()
    wake(net)
    inputs = {key: torch.tensor([500]) if shape == "step" else torch.randn(shape)
              for key, shape in model.inputs.items()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    if name == "pet-enhance":
        path.write_bytes((WEIGHTS / "pet-enhance.onnx").read_bytes())
    else:
        torch.onnx.export(net, tuple(inputs.values()), path, dynamo=False, opset_version=17, input_names=list(inputs),
                          output_names=["output"])
    onnx.checker.check_model(path)
    output = onnx.load(path, load_external_data=False).graph.output[0].name
    case = {
        "stamp": stamp,
        "title": model.title,
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "inputs": [write(folder, key, value) for key, value in inputs.items()],
        "outputs": [write(folder, output, net(*inputs.values()))],
    }
    (folder / "case.json").write_text(json.dumps(case, indent=1))
    print(f"{name}: {case['parameters'] / 1e6:.2f} M parameters, {path.stat().st_size >> 10} KiB", flush=True)


def main(out: Path, names: list[str]) -> None:
    """Makes the named models, or all, unless they are there already."""
    torch.set_grad_enabled(False)
    warnings.simplefilter("ignore")
    if unknown := [name for name in names if name not in MODELS]:
        raise SystemExit(f"there is no model {', '.join(unknown)}; the models are {', '.join(MODELS)}")
    sources = [HERE / "models.py", HERE / "networks.py", WEIGHTS / "pet-enhance.onnx"]
    stamp = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    for name in names or MODELS:
        case = out / name / "case.json"
        if not case.exists() or json.loads(case.read_text())["stamp"] != stamp:
            make(name, out / name, stamp)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
