"""Small networks exported by PyTorch, with inputs and PyTorch's own outputs.

Each case becomes a folder: `model.onnx`, one `.npy` for each input and `output.npy`. Sizes are ragged
on purpose (odd extents, several groups, an offset mean), weights are random with a fixed seed and no
layer is zero-initialised. Run: `python make_goldens.py` with the versions of requirements.txt.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).parent


class ResidualBlock(nn.Module):
    """GroupNorm, SiLU and a convolution, twice, around a skip: the block of diffusion U-Nets."""

    def __init__(self, inputs: int, outputs: int, groups: int):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return self.conv2(F.silu(self.norm2(h))) + self.skip(x)


class Attention(nn.Module):
    """Attention over pixels; with a context it is cross-attention."""

    def __init__(self, channels: int, context: int, heads: int):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(channels, channels, bias=False)
        self.k, self.v = nn.Linear(context, channels), nn.Linear(context, channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x, context):
        batch, tokens, channels = x.shape
        split = lambda t: t.reshape(batch, -1, self.heads, channels // self.heads).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(context)), split(self.v(context))
        weights = torch.softmax(q @ k.transpose(2, 3) * (channels // self.heads) ** -0.5, dim=-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, channels))


class UNet2d(nn.Module):
    """A small 2D U-Net with group normalisation, self- and cross-attention, resizing and a skip."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(3, 8, 3, padding=1)
        self.down = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.block = ResidualBlock(12, 16, 4)
        self.self_attention, self.cross_attention = Attention(16, 16, 2), Attention(16, 6, 4)
        self.up = nn.Conv2d(16, 8, 3, padding=1)
        self.leave = ResidualBlock(16, 5, 1)

    def forward(self, image, context):
        x = self.enter(image)
        h = self.block(self.down(x))
        batch, channels, height, width = h.shape
        tokens = h.flatten(2).transpose(1, 2)
        tokens = tokens + self.self_attention(tokens, tokens)
        tokens = tokens + self.cross_attention(tokens, context)
        h = tokens.transpose(1, 2).reshape(batch, channels, height, width)
        h = self.up(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return self.leave(torch.cat([h, x], dim=1))


class RegionNorm(nn.Module):
    """Running statistics, then gamma(m) and beta(m) from a region map resized to the level."""

    def __init__(self, channels: int, classes: int, shrink: int):
        super().__init__()
        self.shrink = shrink
        self.norm = nn.BatchNorm3d(channels, affine=False)
        self.shared = nn.Conv3d(classes, 6, 1)
        self.gamma, self.beta = nn.Conv3d(6, channels, 1), nn.Conv3d(6, channels, 1)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2.0)

    def forward(self, x, regions):
        m = regions if self.shrink == 1 else F.interpolate(regions, scale_factor=1 / self.shrink, mode="nearest")
        h = F.relu(self.shared(m))
        return self.gamma(h) * self.norm(x) + self.beta(h)


class RegionNet3d(nn.Module):
    """The flagship's shape in small: region-adaptive encoder, two 1x1x1 convolutions, decoder, residual."""

    def __init__(self):
        super().__init__()
        self.enter, self.norm0 = nn.Conv3d(1, 8, 3, padding=1), RegionNorm(8, 3, 1)
        self.down, self.norm1 = nn.Conv3d(8, 12, 3, stride=2, padding=1), RegionNorm(12, 3, 2)
        self.transfer = nn.Sequential(nn.Conv3d(12, 12, 1), nn.ReLU(), nn.Conv3d(12, 12, 1))
        self.up = nn.ConvTranspose3d(12, 8, 2, stride=2)
        self.leave = nn.Sequential(nn.Conv3d(16, 8, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv3d(8, 1, 3, padding=1))

    def forward(self, pet, regions):
        x = F.leaky_relu(self.norm0(self.enter(pet), regions), 0.1)
        h = F.relu(self.norm1(self.down(x), regions))
        h = F.relu(self.up(self.transfer(h)))
        return pet + self.leave(torch.cat([h, x], dim=1))


class Oddments2d(nn.Module):
    """What the others leave out: reflection, groups, dilation, instance norm, slices, overlapping transposition."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv2d(2, 8, (5, 3), dilation=(1, 2), groups=2)
        self.norm = nn.InstanceNorm2d(8, affine=True)
        self.up = nn.ConvTranspose2d(8, 6, 4, stride=2, padding=1, output_padding=1, groups=2)
        nn.init.normal_(self.norm.weight)
        nn.init.normal_(self.norm.bias)

    def forward(self, image):
        x = F.pad(image, (3, 2, 1, 4), mode="reflect")
        x = torch.tanh(self.norm(self.enter(x)))
        x = torch.sigmoid(self.up(x)) * 2.0 - torch.abs(self.up(x))
        x = F.interpolate(x, size=(11, 9), mode="bilinear", align_corners=False)
        return torch.exp(-x[:, 1:5:2, 1:, ::2]).clamp(0.1, 3.0)


class Sequence1d(nn.Module):
    """One dimension: a stride, an edge padding, a softmax over the middle axis."""

    def __init__(self):
        super().__init__()
        self.enter, self.up = nn.Conv1d(3, 10, 5, stride=2), nn.ConvTranspose1d(10, 4, 3, stride=2)

    def forward(self, signal):
        x = F.gelu(self.enter(F.pad(signal, (2, 3), mode="replicate")))
        return torch.softmax(self.up(x), dim=1)


def quantise(path: Path) -> None:
    """Replaces the weights of convolutions by int8 with one scale a channel behind DequantizeLinear."""
    model = onnx.load(path)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    axis = {node.input[1]: {"Conv": 0, "ConvTranspose": 1}[node.op_type] for node in graph.node
            if node.op_type in ("Conv", "ConvTranspose")}
    for name, channel in axis.items():
        values = numpy_helper.to_array(weights[name])
        rest = tuple(a for a in range(values.ndim) if a != channel)
        scale = np.maximum(np.abs(values).max(axis=rest), 1e-12).astype(np.float32) / 127
        shape = [-1 if a == channel else 1 for a in range(values.ndim)]
        graph.initializer.remove(weights[name])
        graph.initializer.extend([
            numpy_helper.from_array(np.rint(values / scale.reshape(shape)).astype(np.int8), f"{name}_int8"),
            numpy_helper.from_array(scale, f"{name}_scale"),
        ])
        graph.node.insert(0, onnx.helper.make_node(
            "DequantizeLinear", [f"{name}_int8", f"{name}_scale"], [name], name=f"dequantize_{name}", axis=channel))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def run(path: Path, inputs: dict) -> np.ndarray:
    """The quantised network's output by ONNX Runtime, since PyTorch only knows the float weights."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {name: tensor.numpy() for name, tensor in inputs.items()})[0]


def write(case: str, net: nn.Module, inputs: dict, int8: bool = False) -> None:
    folder = HERE / case
    folder.mkdir(exist_ok=True)
    net.eval()
    with torch.no_grad():
        output = net(*inputs.values()).numpy()
    torch.onnx.export(net, tuple(inputs.values()), folder / "model.onnx", dynamo=False, opset_version=17,
                      input_names=list(inputs), output_names=["output"])
    if int8:
        quantise(folder / "model.onnx")
        output = run(folder / "model.onnx", inputs)
    for name, tensor in inputs.items():
        np.save(folder / f"{name}.npy", tensor.numpy())
    np.save(folder / "output.npy", output)


def main() -> None:
    torch.manual_seed(20261121)
    noise = lambda *shape, mean=0.0: torch.randn(*shape) + mean
    regions = F.one_hot(torch.randint(0, 3, (1, 6, 10, 14)), 3).permute(0, 4, 1, 2, 3).float()
    write("unet2d", UNet2d(), {"image": noise(2, 3, 10, 14, mean=3.0), "context": noise(2, 5, 6)})
    write("regions3d", RegionNet3d(), {"pet": noise(1, 1, 6, 10, 14, mean=1.0), "regions": regions})
    write("regions3d_int8", RegionNet3d(), {"pet": noise(1, 1, 6, 10, 14, mean=1.0), "regions": regions}, int8=True)
    write("oddments2d", Oddments2d(), {"image": noise(2, 2, 9, 13, mean=100.0)})
    write("sequence1d", Sequence1d(), {"signal": noise(3, 3, 21)})


if __name__ == "__main__":
    main()
