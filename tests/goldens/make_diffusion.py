"""Writes diffusion/, translation/, adversarial/, numbers/ and tiles/: packages with random weights, and what diffusers makes with them.

diffusion/ is MONAI's DiffusionModelUNet. It knows two classes and is guided: each evaluation is a batch of two. x has
four channels, the subbands of a Haar wavelet; the decoder is the inverse transform. translation/ is the networks of
pet-diffuse, small: an encoder of three slices and a dose, a conditioned denoiser, a decoder. adversarial/ is a
generator of four steps that takes a random vector. numbers/ is told an age, a sex and a volume, as context for attention
or, in plain.onnx, as a plain vector. tiles/ is decoders alone. The noise comes from Philox here as there, so the images must agree.

    python make_diffusion.py        (requirements-diffusion.txt beside this file)
"""

import pathlib
import sys

import numpy as np
import torch
from diffusers import DDIMScheduler
from monai.networks.nets import DiffusionModelUNet

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "../../training"))

from denoisers import model_json  # noqa: E402
from denoisers.pet.model import CONDITION, Decode, Encode, ImageEncode  # noqa: E402
from denoisers.unet import Denoiser  # noqa: E402

EDGE, CLASSES, STEPS, SCALE, SEED = 16, 2, 5, 2.5, 7
CARD = {"schedule": {"kind": "cosine", "timesteps": 1000}, "prediction": "v", "clamp": {"kind": "range", "bound": 2.0}}


def philox(block: int, step: int, stream: int, seed: int) -> list[int]:
    """Philox4x32-10 of the counter (block, step, stream, 0)."""
    words, key = [block, step, stream, 0], [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        a, b = 0xD2511F53 * words[0], 0xCD9E8D57 * words[2]
        words = [(b >> 32) ^ words[1] ^ key[0], b & 0xFFFFFFFF, (a >> 32) ^ words[3] ^ key[1], a & 0xFFFFFFFF]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return words


def normals(count: int, seed: int, stream: int = 0, step: int = 0) -> np.ndarray:
    """What a run of this seed starts from, adds at a step (stream 1) or gives its generator (stream 3): Box and Muller on
    the upper 24 bits of each word."""
    values = []
    for block in range(-(-count // 4)):
        words = [word >> 8 for word in philox(block, step, stream, seed)]
        for first, second in ((words[0], words[1]), (words[2], words[3])):
            radius, angle = np.sqrt(-2 * np.log((first + 1) / 2**24)), 2 * np.pi * second / 2**24
            values += [radius * np.cos(angle), radius * np.sin(angle)]
    return np.array(values[:count], np.float32)


class Named(torch.nn.Module):
    """The network with its inputs in the order of the package."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, timesteps, label):
        return self.network(x, timesteps, class_labels=label)


def haar() -> torch.nn.ConvTranspose2d:
    """The inverse Haar transform: subbands LL, LH, HL, HH to an image of twice the edges."""
    low, high = torch.tensor([1.0, 1.0]) / 2**0.5, torch.tensor([1.0, -1.0]) / 2**0.5
    bands = [torch.outer(rows, columns) for rows in (low, high) for columns in (low, high)]
    inverse = torch.nn.ConvTranspose2d(4, 1, 2, 2, bias=False)
    inverse.weight.data = torch.stack(bands)[:, None]
    return inverse


def export(network, given, path: pathlib.Path, inputs: list[str], output: str, axes: dict) -> str:
    torch.onnx.export(network, given, path, dynamo=False, opset_version=17, input_names=inputs, output_names=[output],
                      dynamic_axes=axes)
    return path.name


def write(folder: pathlib.Path, name: str, pipeline: dict, files: list[str], output: dict) -> None:
    manifest = {
        "format": 1, "name": name, "version": "1", "title": "A tiny model for tests", "licence": "MIT OR Apache-2.0",
        "pipeline": {"kind": "diffusion", "diffusion": CARD} | pipeline, "output": output,
        "quantisation": "float32", "training_data": "None: its weights are random.", "known_failures": [],
    }
    model_json.write(folder, manifest, files, (EDGE, EDGE))


def box(edges: tuple[int, int], rows: slice, columns: slice) -> np.ndarray:
    """A mask: 1 where an image is made anew."""
    mask = np.zeros(edges, np.float32)
    mask[rows, columns] = 1
    return mask


def levels(scheduler: DDIMScheduler, time: int) -> tuple[float, float]:
    """Signal and noise of a timestep; the clean image is before the first."""
    bar = float(scheduler.alphas_cumprod[time]) if time >= 0 else 1.0
    return bar**0.5, (1 - bar) ** 0.5


def inpaint(scheduler: DDIMScheduler, times: list[int], predict, x, known, mask, seed: int, repeats: int) -> torch.Tensor:
    """RePaint (Lugmayr et al. 2022, algorithm 1): each step so often, its noise put back in between; behind each the known
    part, noised to its level, where `mask` is 0."""
    number = 0
    drawn = lambda stream: torch.from_numpy(normals(x.numel(), seed, stream, number)).reshape(x.shape)
    for time, then in zip(times, [*times[1:], -1]):
        (signal, noise), (next_signal, next_noise) = levels(scheduler, time), levels(scheduler, then)
        for repeat in range(repeats):
            x = scheduler.step(predict(x, time), time, x).prev_sample
            x = mask * x + (1 - mask) * (next_signal * known + next_noise * drawn(2))
            number += 1
            if repeat + 1 < repeats:
                ratio = signal / next_signal
                x = ratio * x + (noise**2 - ratio**2 * next_noise**2) ** 0.5 * drawn(1)
                x = mask * x + (1 - mask) * (signal * known + noise * drawn(2))
                number += 1
    return x


def scheduler(steps: int) -> DDIMScheduler:
    made = DDIMScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction",
                         clip_sample=True, clip_sample_range=2.0, set_alpha_to_one=True, timestep_spacing="trailing")
    made.set_timesteps(steps)
    return made


def fill(network: torch.nn.Module) -> None:
    """Random values for what begins as zeros, so that every layer counts."""
    for parameter in network.parameters():
        if not parameter.any():
            parameter.copy_(0.1 * torch.randn(parameter.shape))


def sampling(steps: int) -> dict:
    return {"sampler": {"kind": "ddim"}, "steps": steps, "spacing": {"kind": "trailing"}}


def generation() -> None:
    folder = HERE / "diffusion"
    folder.mkdir(exist_ok=True)
    network = DiffusionModelUNet(spatial_dims=2, in_channels=4, out_channels=4, num_res_blocks=1, channels=(8, 16),
                                 attention_levels=(False, True), norm_num_groups=4, num_head_channels=8,
                                 num_class_embeds=CLASSES + 1).eval()
    fill(network)
    denoiser, decoder, encoder = Named(network), haar(), torch.nn.utils.skip_init(torch.nn.Conv2d, 1, 4, 2, 2, bias=False)
    encoder.weight.data = decoder.weight.data  # the bands are orthonormal
    x, inputs = torch.zeros(2, 4, EDGE, EDGE), ["x", "timestep", "label"]
    files = [
        export(denoiser, (x, torch.zeros(2), torch.zeros(2, dtype=torch.long)), folder / "denoiser.onnx", inputs, "v",
               {name: {0: "batch"} for name in inputs}),
        export(decoder, (x[:1],), folder / "decoder.onnx", ["x"], "image", {}),
        export(encoder, (torch.zeros(1, 1, 2 * EDGE, 2 * EDGE),), folder / "image-encoder.onnx", ["image"], "x", {}),
    ]
    steps = scheduler(STEPS)
    times = steps.timesteps.tolist()

    def predict(sample, time):
        labels = torch.tensor([CLASSES, 1])
        without, given = denoiser(sample.repeat(2, 1, 1, 1), torch.full((2,), float(time)), labels).chunk(2)
        return without + SCALE * (given - without)

    noise = torch.from_numpy(normals(4 * EDGE * EDGE, SEED)).reshape(1, 4, EDGE, EDGE)
    sample = noise
    for time in times:
        sample = steps.step(predict(sample, time), time, sample).prev_sample
    np.save(folder / "image.npy", decoder(sample).numpy()[0, 0].astype(np.float32))

    # From an image at strength 0.6, three steps of five; and a box of it from noise, each step twice.
    start = np.random.default_rng(5).uniform(-0.9, 0.9, (2 * EDGE, 2 * EDGE)).astype(np.float32)
    known = encoder(torch.from_numpy(start)[None, None])
    signal, strength = levels(steps, times[2])
    sample = signal * known + strength * noise
    for time in times[2:]:
        sample = steps.step(predict(sample, time), time, sample).prev_sample
    np.save(folder / "start.npy", start)
    np.save(folder / "started.npy", decoder(sample).numpy()[0, 0].astype(np.float32))
    mask = box(start.shape, slice(5, 17), slice(8, 21))
    cells = torch.nn.functional.max_pool2d(torch.from_numpy(mask)[None, None], 2)
    made = decoder(inpaint(steps, times, predict, noise, known, cells, SEED, 2)).numpy()[0, 0]
    np.save(folder / "inpainted.npy", np.where(mask, made, start).astype(np.float32))
    write(folder, "tiny-diffusion", {
        "sampling": sampling(STEPS) | {"guidance": {"scale": SCALE}},
        "sample": {"channels": 4, "edges": [EDGE, EDGE]},
        "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "class": "label"},
        "decoder": {"file": "decoder.onnx", "x": "x"},
        "image_encoder": {"file": "image-encoder.onnx", "image": "image"},
        "classes": {"names": ["zero", "one"], "unconditional": "extra-class"},
    }, files, {"modality": "OT", "unit": "HU", "spacing_mm": 2.0, "scale": {"range": {"low": -1000, "high": 1000}}})


def translation() -> None:
    folder = HERE / "translation"
    folder.mkdir(exist_ok=True)
    denoiser = Denoiser(1, (8, 16), condition=CONDITION, attention=False).eval()
    fill(denoiser)
    encoder, decoder, back = Encode(), Decode(), ImageEncode()
    shape = {2: "height", 3: "width"}
    x, condition = torch.zeros(1, 1, 16, 16), torch.zeros(1, CONDITION, 16, 16)
    files = [
        export(encoder, (torch.zeros(1, 3, 16, 16), torch.zeros(1, 1)), folder / "encoder.onnx", ["slices", "dose"],
               "condition", {"slices": shape}),
        export(denoiser, (x, torch.zeros(1), condition), folder / "denoiser.onnx", ["x", "timestep", "condition"], "v",
               {"x": shape, "condition": shape}),
        export(decoder, (x, condition), folder / "decoder.onnx", ["x", "condition"], "image",
               {"x": shape, "condition": shape}),
        export(back, (x, condition), folder / "image-encoder.onnx", ["image", "condition"], "x",
               {"image": shape, "condition": shape}),
    ]
    # Eight slices whose edges are no multiple of four; a window of -1 to 3 becomes 0 to 1.
    volume = np.random.default_rng(3).uniform(-1, 3, (8, 14, 18)).astype(np.float32)
    padded = np.pad((volume + 1) / 4, [(1, 1), (0, 2), (0, 2)], mode="edge")
    dose = torch.tensor([[np.log2(10) / np.log2(20)]], dtype=torch.float32)
    # A box of the first five slices of another volume is made anew from it, at strength 0.5: two steps of four.
    start = np.random.default_rng(4).uniform(-1, 3, (8, 14, 18)).astype(np.float32)
    mask = box((14, 18), slice(3, 9), slice(4, 18))
    wide = [(0, 2), (0, 2)]
    results, begun = [], []
    for at in range(8):
        given = encoder(torch.from_numpy(padded[None, at : at + 3]), dose)
        seed = SEED + (at << 32)
        noise = torch.from_numpy(normals(16 * 20, seed)).reshape(1, 1, 16, 20)
        steps = scheduler(4)
        times = steps.timesteps.tolist()
        predict = lambda x, time: denoiser(x, torch.tensor([float(time)]), given)
        sample = noise
        for time in times:
            sample = steps.step(predict(sample, time), time, sample).prev_sample
        results.append(decoder(sample, given).numpy()[0, 0, :14, :18] * 4 - 1)
        known = back(torch.from_numpy(np.pad((start[at] + 1) / 4, wide, mode="edge"))[None, None], given)
        cells = torch.from_numpy(np.pad(mask, wide, mode="edge"))[None, None]
        signal, strength = levels(steps, times[2])
        made = inpaint(steps, times[2:], predict, signal * known + strength * noise, known, cells, seed, 1)
        made = decoder(made, given).numpy()[0, 0, :14, :18] * 4 - 1
        begun.append(np.where(mask, made, start[at]) if at < 5 else start[at])
    np.save(folder / "volume.npy", volume)
    np.save(folder / "translated.npy", np.stack(results).astype(np.float32))
    np.save(folder / "start.npy", start)
    np.save(folder / "begun.npy", np.stack(begun).astype(np.float32))
    write(folder, "tiny-translation", {
        "sampling": sampling(4), "sample": {"channels": 1},
        "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "condition": "condition"},
        "encoder": {"file": "encoder.onnx", "image": "slices", "dose": "dose"},
        "decoder": {"file": "decoder.onnx", "x": "x", "condition": "condition"},
        "image_encoder": {"file": "image-encoder.onnx", "image": "image", "condition": "condition"},
        "condition": {"modality": "PT", "normalisation": {"window": {"low": -1, "high": 3}}, "slices": 3, "multiple": 4},
    }, files, {"modality": "PT", "unit": "", "spacing_mm": 0, "scale": "input"})


class Few(torch.nn.Module):
    """x0 of a noisy image, its timestep and a random vector."""

    def __init__(self, latent: int):
        super().__init__()
        self.image, self.style = torch.nn.Conv2d(1, 1, 3, padding=1), torch.nn.Linear(latent, 1)

    def forward(self, x, timestep, latent):
        return torch.tanh(self.image(x) + self.style(latent)[:, :, None, None] + 0.1 * timestep[:, None, None, None])


def adversarial() -> None:
    """DDGAN's posterior: beta_min 0.1, beta_max 20 and 4 steps, x0 from the generator, x' ~ q(x' | x, x0)."""
    torch.manual_seed(1)
    folder, edge, latent, steps = HERE / "adversarial", 12, 5, 4
    folder.mkdir(exist_ok=True)
    network = Few(latent).eval()
    inputs = ["x", "timestep", "latent"]
    files = [export(network, (torch.zeros(1, 1, edge, edge), torch.zeros(1), torch.zeros(1, latent)),
                    folder / "denoiser.onnx", inputs, "x0", {name: {0: "batch"} for name in inputs})]
    time = np.arange(steps + 1) / steps * (1 - 1e-3) + 1e-3
    log = -0.1 * time - (20 - 0.1) * time**2 / 2
    betas = 1 - np.exp(log[1:] - log[:-1])
    bars = np.cumprod(1 - betas)
    x = normals(edge * edge, SEED).astype(np.float64)
    for number, t in enumerate(reversed(range(steps))):
        before = bars[t - 1] if t else 1.0
        given = [torch.tensor(x, dtype=torch.float32).reshape(1, 1, edge, edge), torch.tensor([float(t)]),
                 torch.from_numpy(normals(latent, SEED, 3, number))[None]]
        x0 = network(*given).numpy().ravel().astype(np.float64)
        x = np.sqrt(before) * betas[t] / (1 - bars[t]) * x0 + np.sqrt(1 - betas[t]) * (1 - before) / (1 - bars[t]) * x
        if t:
            x += np.sqrt(betas[t] * (1 - before) / (1 - bars[t])) * normals(edge * edge, SEED, 1, number)
    np.save(folder / "image.npy", 1000 * x.reshape(edge, edge).astype(np.float32))
    schedule = {"kind": "vp-continuous", "timesteps": steps, "beta_min": 0.1, "beta_max": 20.0}
    write(folder, "tiny-adversarial", {
        "diffusion": {"schedule": schedule, "prediction": "x0", "latent": latent},
        "sampling": {"sampler": {"kind": "adversarial"}, "steps": steps},
        "sample": {"channels": 1, "edges": [edge, edge]},
        "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "latent": "latent"},
    }, files, {"modality": "OT", "unit": "HU", "spacing_mm": 2.0, "scale": {"range": {"low": -1000, "high": 1000}}})


class Attending(torch.nn.Module):
    """MONAI's network with its context beside x."""

    def __init__(self):
        super().__init__()
        self.network = DiffusionModelUNet(spatial_dims=2, in_channels=1, out_channels=1, num_res_blocks=1, channels=(4, 8),
                                          attention_levels=(False, True), norm_num_groups=2, num_head_channels=4,
                                          with_conditioning=True, cross_attention_dim=3)

    def forward(self, x, timesteps, context):
        return self.network(x, timesteps, context=context)


class Plain(torch.nn.Module):
    """v of a noisy image, its timestep and three numbers."""

    def __init__(self):
        super().__init__()
        self.image, self.style = torch.nn.Conv2d(1, 1, 3, padding=1), torch.nn.Linear(3, 1)

    def forward(self, x, timesteps, numbers):
        return self.image(x) + self.style(numbers)[:, :, None, None] + 1e-3 * timesteps[:, None, None, None]


def numbers() -> None:
    """An age of 63 in 44 to 82 years, sex 1, ventricles of 0.3, told as (0.5, 1, 0.3); guided by zeros in their place."""
    torch.manual_seed(2)
    folder, edge, inputs = HERE / "numbers", 8, ["x", "timestep", "numbers"]
    folder.mkdir(exist_ok=True)
    told = torch.tensor([[0.5, 1.0, 0.3]])
    files = []
    for name, network, shape in (("denoiser", Attending(), (1, 3)), ("plain", Plain(), (3,))):
        network.eval()
        fill(network)
        given = torch.zeros(2, 1, edge, edge), torch.zeros(2), torch.zeros(2, *shape)
        files.append(export(network, given, folder / f"{name}.onnx", inputs, "v", {name: {0: "batch"} for name in inputs}))
        steps = scheduler(4)
        sample = torch.from_numpy(normals(edge * edge, SEED)).reshape(1, 1, edge, edge)
        for time in steps.timesteps:
            both = torch.cat([torch.zeros_like(told), told]).reshape(2, *shape)
            without, given = network(sample.repeat(2, 1, 1, 1), time.float().repeat(2), both).chunk(2)
            sample = steps.step(without + SCALE * (given - without), time, sample).prev_sample
        np.save(folder / f"{name}.npy", sample.numpy()[0, 0].astype(np.float32))
    entries = [{"name": "age", "unit": "years", "range": [44, 82], "default": 50, "told": [44, 82]},
               {"name": "sex", "range": [0, 1], "default": 0}, {"name": "ventricles", "range": [0, 1], "default": 0.3}]
    write(folder, "tiny-numbers", {
        "sampling": sampling(4) | {"guidance": {"scale": SCALE}}, "sample": {"channels": 1, "edges": [edge, edge]},
        "denoiser": {"file": "denoiser.onnx", "x": "x", "time": "timestep", "numbers": "numbers"},
        "numbers": {"entries": entries, "unconditional": "zeros"},
    }, files, {"modality": "MR", "unit": "", "spacing_mm": 2.0, "scale": {"range": {"low": 0, "high": 1}}})


def tiles() -> None:
    """Decoders of four channels to an image of twice the edges: of convolutions alone, and with a normalisation of groups."""
    torch.manual_seed(3)
    folder = HERE / "tiles"
    folder.mkdir(exist_ok=True)
    layers = lambda *norm: torch.nn.Sequential(
        torch.nn.Conv2d(4, 6, 3, padding=1), *norm, torch.nn.SiLU(), torch.nn.ConvTranspose2d(6, 4, 4, 2, 1),
        torch.nn.LeakyReLU(0.1), torch.nn.Conv2d(4, 1, 3, padding=1)).eval()
    for name, network in (("local", layers()), ("global", layers(torch.nn.GroupNorm(2, 6)))):
        export(network, (torch.zeros(1, 4, 16, 16),), folder / f"{name}.onnx", ["x"], "image", {"x": {2: "height", 3: "width"}})


def main() -> None:
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    generation()
    translation()
    adversarial()
    numbers()
    tiles()


if __name__ == "__main__":
    main()
