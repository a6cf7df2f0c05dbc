"""What the app relies on: halo, multiple, cost, and a graph that says the same in int8."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from conditioning import CHANNELS, DOSE, dose_code
from export import export_float, quantise
from network import SIZES, Generator

HALO = 28


@pytest.fixture(scope="module")
def net() -> Generator:
    """A generator with lively weights and statistics, so that nothing is hidden by zeros."""
    torch.manual_seed(1)
    net = Generator()
    nn.init.normal_(net.decoder.leave.weight, std=0.05)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
    return net.eval()


def inputs(shape, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(1, 1, *shape, generator=generator), torch.rand(1, CHANNELS, *shape, generator=generator))


def test_a_tile_with_its_halo_gives_what_the_whole_gives(net):
    pet, regions = inputs((12, 12, 80))
    with torch.no_grad():
        whole = net(pet, regions)
        tile = net(pet[..., :64], regions[..., :64])
    np.testing.assert_allclose(tile[..., :64 - HALO], whole[..., :64 - HALO], atol=2e-6)
    assert (tile - whole[..., :64]).abs().max() > 1e-4


@pytest.mark.parametrize("size, most", [("small", 50_000), ("full", 120_000)])
def test_the_cost_of_a_voxel_in_multiply_adds(size, most):
    net, total = Generator(SIZES[size]).eval(), 0

    def count(module, _, output):
        nonlocal total
        weight = module.weight
        inputs = weight.shape[0] if isinstance(module, nn.ConvTranspose3d) else weight[0].numel()
        total += inputs * output.numel()

    hooks = [module.register_forward_hook(count) for module in net.modules()
             if isinstance(module, (nn.Conv3d, nn.ConvTranspose3d))]
    with torch.no_grad():
        net(*inputs((16, 16, 16)))
    for hook in hooks:
        hook.remove()
    assert total / 16**3 < most


def test_an_untrained_generator_only_blurs():
    """Mixing weights sum to one: a flat image stays flat away from the border."""
    pet = torch.full((1, 1, 24, 24, 24), 1.5)
    with torch.no_grad():
        output = Generator().eval()(pet, torch.zeros(1, CHANNELS, 24, 24, 24))
    np.testing.assert_allclose(output[..., 6:18, 6:18, 6:18], 1.5, atol=0.01)


def test_the_given_dose_says_which_part_of_the_counts_is_kept(net):
    pet, regions = inputs((8, 8, 8))
    with torch.no_grad():
        estimate = net.estimate(pet, regions)
        for dose in (1.0, 0.25, 0.05):
            regions[:, DOSE] = dose_code(float(np.log2(1 / dose)))
            expected = dose * pet + (1 - dose) * net.estimate(pet, regions)
            np.testing.assert_allclose(net(pet, regions), expected, atol=1e-5)
    assert (estimate - pet).abs().max() > 0.1


@pytest.mark.parametrize("shape", [(16, 16, 16), (8, 20, 12)])
def test_runtime_agrees_with_pytorch_and_int8_stays_close(net, tmp_path, shape):
    export_float(net, tmp_path / "float32.onnx")
    quantise(tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    pet, regions = inputs(shape)
    with torch.no_grad():
        expected = net(pet, regions).numpy()
    feeds = {"pet": pet.numpy(), "regions": regions.numpy()}
    results = {name: onnxruntime.InferenceSession(tmp_path / f"{name}.onnx").run(None, feeds)[0]
               for name in ("float32", "int8")}
    np.testing.assert_allclose(results["float32"], expected, atol=1e-5)
    np.testing.assert_allclose(results["int8"], expected, atol=0.02)
    operators = {node.op_type for node in onnx.load(tmp_path / "int8.onnx").graph.node}
    # Identity stands for equal constants, such as biases that were never trained.
    assert operators <= {"Conv", "ConvTranspose", "Relu", "Mul", "Add", "Concat", "Resize", "Slice", "Softmax",
                         "Exp", "Sub",
                         "DequantizeLinear", "Constant", "Identity"}
