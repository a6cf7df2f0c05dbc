"""Every network of the test: a tiny instance, and the shape of what goes in and the names of what comes out.

Widths, depths and images are as small as each class allows while every kind of block it has is still there.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import diffusers
import torch
from monai.networks import nets
from torch import nn

from generators import CycleGanResnet, Pix2PixUnet


@dataclass
class Network:
    """`inputs`: a shape makes normal noise; `("steps", n)` and `("classes", n, of)` make int64 vectors;
    `("labels", shape)` makes a one-hot map of regions. `call` is what is exported where `forward` samples or wraps its
    result in a class. `open`: whether batch and image sizes stay open in the file. `opsets`: the operator sets of the
    TorchScript and the dynamo export; `None` is the exporter's default."""

    make: Callable[[], nn.Module]
    inputs: dict[str, tuple]
    outputs: tuple[str, ...] = ("output",)
    call: Callable = lambda net, *inputs: net(*inputs)
    open: bool = True
    opsets: tuple[int, int | None] = (17, None)


def first(net, *inputs):
    """The tensor of a diffusers result."""
    return net(*inputs, return_dict=False)[0]


def reconstruct(net, image, *condition):
    """Through the mean of the latent distribution: `forward` samples."""
    mean, deviation = net.encode(image)
    return net.decode(mean, *condition), mean, deviation


def through_codebook(net, image):
    """Encode, take the nearest code of each position, decode: `forward` also counts how often each is used."""
    indices = net.index_quantize(image)
    return net.decode_samples(indices), indices


def control(net, x, timesteps, condition):
    """The residuals for each level below the middle one, and for the middle."""
    levels, middle = net(x, timesteps, condition)
    return *levels, middle


def diffusers_autoencoder(net, image):
    """Through the mode of the latent distribution."""
    mean = net.encode(image, return_dict=False)[0].mode()
    return net.decode(mean, return_dict=False)[0], mean


DIFFUSION = {"in_channels": 1, "out_channels": 1, "num_res_blocks": 1, "channels": (8, 16),
             "attention_levels": (False, True), "norm_num_groups": 4, "num_head_channels": 8}
AUTOENCODER = {"in_channels": 1, "out_channels": 1, "num_res_blocks": 1, "channels": (8, 16),
               "attention_levels": (False, True), "norm_num_groups": 4, "latent_channels": 3}
LATENT = ("output", "mean", "deviation")

NETWORKS: dict[str, Network] = {
    "monai_unet": Network(
        lambda: nets.UNet(spatial_dims=3, in_channels=1, out_channels=2, channels=(4, 8, 12), strides=(2, 2),
                          num_res_units=2),
        {"image": (1, 1, 12, 8, 16)}),
    "monai_basic_unet": Network(
        lambda: nets.BasicUNet(spatial_dims=2, in_channels=1, out_channels=2, features=(4, 4, 6, 8, 10, 4)),
        {"image": (2, 1, 32, 48)}),
    "monai_dyn_unet": Network(
        lambda: nets.DynUNet(spatial_dims=3, in_channels=1, out_channels=2, kernel_size=(3, (3, 3, 1), 3),
                             strides=(1, (2, 2, 1), 2), upsample_kernel_size=((2, 2, 1), 2), filters=(4, 6, 8),
                             res_block=True),
        {"image": (1, 1, 12, 8, 10)}),
    "monai_seg_res_net": Network(
        lambda: nets.SegResNet(spatial_dims=3, init_filters=8, in_channels=1, out_channels=2, blocks_down=(1, 1, 1),
                               blocks_up=(1, 1)),
        {"image": (1, 1, 8, 12, 8)}),
    "monai_attention_unet": Network(
        lambda: nets.AttentionUnet(spatial_dims=2, in_channels=1, out_channels=2, channels=(4, 8, 12), strides=(2, 2)),
        {"image": (1, 1, 16, 24)}),
    "monai_autoencoder_kl": Network(
        lambda: nets.AutoencoderKL(spatial_dims=3, **AUTOENCODER),
        {"image": (1, 1, 8, 8, 12)}, LATENT, call=reconstruct),
    "monai_vqvae": Network(
        lambda: nets.VQVAE(spatial_dims=2, in_channels=1, out_channels=1, channels=(8, 8), num_res_layers=1,
                                num_res_channels=(8, 8), downsample_parameters=((2, 4, 1, 1),) * 2,
                                upsample_parameters=((2, 4, 1, 1, 0),) * 2, num_embeddings=16, embedding_dim=6),
        {"image": (1, 1, 16, 24)}, ("output", "indices"), call=through_codebook, open=False),
    "monai_var_auto_encoder": Network(
        lambda: nets.VarAutoEncoder(spatial_dims=2, in_shape=(1, 16, 24), out_channels=1, latent_size=5,
                                    channels=(4, 8), strides=(2, 2)),
        {"image": (2, 1, 16, 24)}, ("output", "mean", "log_variance", "latent")),
    "monai_diffusion_2d": Network(
        lambda: nets.DiffusionModelUNet(spatial_dims=2, **DIFFUSION),
        {"x": (2, 1, 16, 12), "timesteps": ("steps", 2)}),
    "monai_diffusion_3d": Network(
        lambda: nets.DiffusionModelUNet(spatial_dims=3, resblock_updown=True, **DIFFUSION),
        {"x": (1, 1, 8, 8, 12), "timesteps": ("steps", 1)}),
    "monai_diffusion_cross": Network(
        lambda: nets.DiffusionModelUNet(spatial_dims=2, with_conditioning=True, cross_attention_dim=6,
                                        num_class_embeds=5, **DIFFUSION),
        {"x": (2, 1, 16, 12), "timesteps": ("steps", 2), "context": (2, 3, 6), "classes": ("classes", 2, 5)}),
    "monai_spade_net": Network(
        lambda: nets.SPADENet(spatial_dims=2, in_channels=1, out_channels=1, label_nc=3, input_shape=(16, 24),
                              channels=[8, 12], is_vae=False, spade_intermediate_channels=6),
        {"regions": ("labels", (2, 3, 16, 24))}),
    "monai_spade_autoencoder_kl": Network(
        lambda: nets.SPADEAutoencoderKL(spatial_dims=2, label_nc=3, spade_intermediate_channels=6, **AUTOENCODER),
        {"image": (1, 1, 16, 24), "regions": ("labels", (1, 3, 16, 24))}, LATENT, call=reconstruct),
    "monai_spade_diffusion": Network(
        lambda: nets.SPADEDiffusionModelUNet(spatial_dims=2, label_nc=3, spade_intermediate_channels=6, **DIFFUSION),
        {"x": (1, 1, 16, 12), "timesteps": ("steps", 1), "regions": ("labels", (1, 3, 16, 12))}),
    "monai_control_net": Network(
        lambda: nets.ControlNet(spatial_dims=2, conditioning_embedding_in_channels=2,
                                     conditioning_embedding_num_channels=(4, 8),
                                     **{key: DIFFUSION[key] for key in DIFFUSION if key != "out_channels"}),
        {"x": (1, 1, 16, 12), "timesteps": ("steps", 1), "condition": (1, 2, 32, 24)},
        ("level0", "level1", "level2", "level3", "middle"), call=control),
    "monai_swin_unetr_2d": Network(
        lambda: nets.SwinUNETR(in_channels=1, out_channels=2, feature_size=12, depths=(2, 1, 1, 1),
                               num_heads=(1, 2, 2, 2), window_size=4, spatial_dims=2),
        {"image": (1, 1, 32, 64)}),
    "monai_swin_unetr_3d": Network(
        lambda: nets.SwinUNETR(in_channels=1, out_channels=1, feature_size=12, depths=(2, 1, 1, 1),
                               num_heads=(1, 2, 2, 2), window_size=3, spatial_dims=3),
        {"image": (1, 1, 64, 32, 32)}),
    "monai_unetr": Network(
        lambda: nets.UNETR(in_channels=1, out_channels=2, img_size=(16, 32), feature_size=4, hidden_size=16,
                           mlp_dim=24, num_heads=2, spatial_dims=2),
        {"image": (1, 1, 16, 32)}),
    "cyclegan_resnet": Network(lambda: CycleGanResnet(1, 6, 2), {"image": (1, 1, 24, 32)}),
    "pix2pix_unet": Network(lambda: Pix2PixUnet(1, (4, 8, 12, 12)), {"image": (2, 1, 32, 48)}),
    "diffusers_unet_2d": Network(
        lambda: diffusers.UNet2DModel(
            sample_size=16, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 16),
            down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
            norm_num_groups=4),
        {"sample": (1, 1, 16, 24), "timestep": ("steps", 1)}, call=first),
    "diffusers_unet_2d_condition": Network(
        lambda: diffusers.UNet2DConditionModel(
            sample_size=16, in_channels=2, out_channels=2, layers_per_block=1, block_out_channels=(8, 16),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            norm_num_groups=4, cross_attention_dim=6, attention_head_dim=2),
        {"sample": (2, 2, 16, 12), "timestep": ("steps", 2), "context": (2, 3, 6)}, call=first),
    "diffusers_autoencoder_kl": Network(
        lambda: diffusers.AutoencoderKL(
            in_channels=1, out_channels=1, block_out_channels=(8, 16), norm_num_groups=4, latent_channels=3,
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2),
        {"image": (1, 1, 16, 24)}, ("output", "mean"), call=diffusers_autoencoder),
    "diffusers_dit": Network(
        lambda: diffusers.DiTTransformer2DModel(
            num_attention_heads=2, attention_head_dim=8, in_channels=2, num_layers=2, sample_size=8, patch_size=2,
            num_embeds_ada_norm=10),
        {"sample": (2, 2, 8, 8), "timestep": ("steps", 2), "classes": ("classes", 2, 10)}, call=first),
}

# The oldest and newest operator sets that the exporters write for these: before set 17 a layer normalisation is spelled
# out, from set 21 on a group normalisation is an operator, from set 23 on attention.
for name, oldest in (("cyclegan_resnet", 11), ("monai_diffusion_cross", 12), ("diffusers_unet_2d_condition", 14)):
    NETWORKS[f"{name}_ends"] = replace(NETWORKS[name], opsets=(oldest, 24))
