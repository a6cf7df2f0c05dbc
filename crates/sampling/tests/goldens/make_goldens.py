"""Writes diffusers.json: schedules, timesteps and whole runs as the schedulers of diffusers compute them.

The "network" of the runs is a formula, 0.4 x + 0.3 sin(2 x + t / 1000), so that the Rust side has it too. The noise is
drawn here and written down. diffusers keeps its schedules in float32; here it is made to keep them in float64, since
its products over 1000 timesteps lose up to four digits.

    python make_goldens.py        (requirements.txt beside this file)
"""

import json
import pathlib

import numpy as np
import torch

torch.float32 = torch.float64
np.float32 = np.float64
torch.set_default_dtype(torch.float64)

import diffusers  # noqa: E402  (after the types)
from diffusers.schedulers import scheduling_ddpm  # noqa: E402

SHAPE = (1, 1, 2, 3)
RNG = np.random.default_rng(20)
LINEAR = dict(beta_schedule="linear", beta_start=1e-4, beta_end=0.02)
SCALED = dict(beta_schedule="scaled_linear", beta_start=0.0015, beta_end=0.0195)
COSINE = dict(beta_schedule="squaredcos_cap_v2")
SIGMOID = dict(beta_schedule="sigmoid", beta_start=1e-4, beta_end=0.02)


def card(config, timesteps=1000, **more):
    names = {"linear": "linear", "scaled_linear": "scaled-linear", "squaredcos_cap_v2": "cosine", "sigmoid": "sigmoid"}
    schedule = {"kind": names[config["beta_schedule"]], "timesteps": timesteps}
    schedule |= {key: value for key, value in config.items() if key != "beta_schedule"}
    if more.pop("zero_terminal_snr", False):
        schedule["zero_terminal_snr"] = True
    return {"schedule": schedule} | more


def numbers(tensor):
    return [float(value) for value in np.asarray(tensor, dtype=np.float64).ravel()]


def draw():
    return torch.from_numpy(RNG.standard_normal(SHAPE))


def network(x, t):
    return 0.4 * x + 0.3 * torch.sin(2.0 * x + float(t) / 1000.0)


def schedules():
    rows = []
    for config, timesteps, zero in [(LINEAR, 1000, False), (SCALED, 1000, False), (COSINE, 1000, False),
                                    (SIGMOID, 200, False), (COSINE, 4, False), (LINEAR, 1000, True),
                                    (SCALED, 50, True)]:
        scheduler = diffusers.DDPMScheduler(num_train_timesteps=timesteps, rescale_betas_zero_snr=zero, **config)
        at = sorted({0, 1, timesteps // 3, timesteps // 2, timesteps - 2, timesteps - 1})
        rows.append({"card": card(config, timesteps, zero_terminal_snr=zero)["schedule"], "at": at,
                     "alpha_bar": numbers(scheduler.alphas_cumprod[at])})
    return rows


def spacings():
    rows = []
    for kind, offset, timesteps, steps in [("leading", 0, 1000, 50), ("leading", 1, 1000, 30), ("leading", 0, 1000, 7),
                                           ("trailing", 0, 1000, 7), ("trailing", 0, 200, 200),
                                           ("linspace", 0, 1000, 10), ("linspace", 0, 1000, 33),
                                           ("leading", 0, 4, 4)]:
        scheduler = diffusers.DDIMScheduler(num_train_timesteps=timesteps, timestep_spacing=kind, steps_offset=offset)
        scheduler.set_timesteps(steps)
        spacing = {"kind": kind} | ({"offset": offset} if offset else {})
        rows.append({"spacing": spacing, "timesteps": timesteps, "steps": steps,
                     "times": [int(t) for t in scheduler.timesteps]})
    return rows


PREDICTION = {"noise": "epsilon", "x0": "sample", "v": "v_prediction"}


def ddpm(config, timesteps, steps, prediction, variance, spacing="leading", **clip):
    kind = variance.replace("-", "_")
    scheduler = diffusers.DDPMScheduler(num_train_timesteps=timesteps, variance_type=kind,
                                        prediction_type=PREDICTION[prediction], timestep_spacing=spacing,
                                        clip_sample=False, **config, **clip)
    scheduler.set_timesteps(steps)
    x = start = draw()
    noises, after = [], []
    for t in scheduler.timesteps:
        noise = draw()
        noises.append(numbers(noise))
        scheduling_ddpm.randn_tensor = lambda *_, **__: noise
        output = network(x, t)
        if variance == "learned-range":
            output = torch.cat([output, torch.cos(3.0 * x)], dim=1)
        x = scheduler.step(output, t, x).prev_sample
        after.append(numbers(x))
    return numbers(start), noises, after


def ddim(config, timesteps, steps, prediction, eta, spacing="leading", offset=0, one=True, zero=False, rederive=False,
         guide=None, **clip):
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=timesteps, prediction_type=PREDICTION[prediction],
                                        timestep_spacing=spacing, steps_offset=offset, set_alpha_to_one=one,
                                        rescale_betas_zero_snr=zero, **({"clip_sample": False} | clip), **config)
    scheduler.set_timesteps(steps)
    x = start = draw()
    noises, after = [], []
    for t in scheduler.timesteps:
        noise = draw()
        noises.append(numbers(noise))
        output = network(x, t)
        if guide:
            from diffusers.guiders.guider_utils import rescale_noise_cfg
            without = torch.sin(x)
            guided = without + guide["scale"] * (output - without)
            output = rescale_noise_cfg(guided, output, guidance_rescale=guide["rescale"])
        x = scheduler.step(output, t, x, eta=eta, use_clipped_model_output=rederive, variance_noise=noise).prev_sample
        after.append(numbers(x))
    return numbers(start), noises, after


def visited(timesteps, steps, spacing):
    """The solvers space their timesteps in ways of their own; they are given those of DDIM."""
    scheduler = diffusers.DDIMScheduler(num_train_timesteps=timesteps, timestep_spacing=spacing)
    scheduler.set_timesteps(steps)
    return [int(t) for t in scheduler.timesteps]


def dpm_solver(config, timesteps, steps, prediction, spacing):
    scheduler = diffusers.DPMSolverMultistepScheduler(num_train_timesteps=timesteps,
                                                      prediction_type=PREDICTION[prediction], **config)
    scheduler.set_timesteps(timesteps=visited(timesteps, steps, spacing))
    x = start = draw()
    after = []
    for t in scheduler.timesteps:
        x = scheduler.step(network(x, t), t, x).prev_sample
        after.append(numbers(x))
    return numbers(start), [], after


def edm_dpm_solver(steps, sigma_data):
    scheduler = diffusers.EDMDPMSolverMultistepScheduler(sigma_min=0.002, sigma_max=80.0, sigma_data=sigma_data)
    scheduler.set_timesteps(steps)
    start = draw()
    x, after = start * 80.0, []
    for t in scheduler.timesteps:
        model_input = scheduler.scale_model_input(x, t)
        x = scheduler.step(network(model_input, t), t, x).prev_sample
        after.append(numbers(x))
    return numbers(start), [], after


def heun(config, timesteps, steps, prediction, spacing):
    """After each evaluation; x̂ is brought to the scale of the variance-preserving x."""
    scheduler = diffusers.HeunDiscreteScheduler(num_train_timesteps=timesteps,
                                                prediction_type=PREDICTION[prediction], **config)
    scheduler.set_timesteps(timesteps=visited(timesteps, steps, spacing))
    sigmas = scheduler.sigmas
    start = draw()
    x = start * torch.sqrt(sigmas[0] ** 2 + 1)
    after = []
    for n, t in enumerate(scheduler.timesteps):
        x = scheduler.step(network(scheduler.scale_model_input(x, t), t), t, x).prev_sample
        after.append(numbers(x / torch.sqrt(sigmas[n + 1] ** 2 + 1)))
    return numbers(start), [], after


def runs():
    rows = []

    def row(name, card, sampler, steps, result, spacing="leading", offset=0, **more):
        settings = {"sampler": sampler, "steps": steps, "spacing": {"kind": spacing}} | more
        if offset:
            settings["spacing"]["offset"] = offset
        start, noises, after = result[:3]
        rows.append({"name": name, "card": card, "settings": settings, "start": start, "noises": noises,
                     "after": after})

    def variance(kind):
        return {"kind": "ddpm", "variance": kind}

    for prediction, kind in [("noise", "fixed-small"), ("x0", "fixed-large"), ("v", "fixed-small")]:
        row(f"ddpm {prediction} {kind}", card(SCALED, prediction=prediction), variance(kind), 10,
            ddpm(SCALED, 1000, 10, prediction, kind))
    row("ddpm every timestep", card(COSINE, 8), variance("fixed-large"), 8, ddpm(COSINE, 8, 8, "noise", "fixed-large"))
    row("ddpm learned", card(LINEAR, variance="learned-range"), {"kind": "ddpm"}, 10,
        ddpm(LINEAR, 1000, 10, "noise", "learned-range"))
    row("ddpm trailing", card(LINEAR), variance("fixed-small"), 5,
        ddpm(LINEAR, 1000, 5, "noise", "fixed-small", "trailing"), "trailing")
    dynamic = dict(thresholding=True, dynamic_thresholding_ratio=0.7, sample_max_value=1.6)
    row("ddpm dynamic threshold", card(COSINE, clamp={"kind": "dynamic", "quantile": 0.7, "most": 1.6}),
        variance("fixed-small"), 10, ddpm(COSINE, 1000, 10, "noise", "fixed-small", **dynamic))

    for prediction, eta in [("noise", 0.0), ("noise", 1.0), ("x0", 0.4), ("v", 0.7)]:
        row(f"ddim {prediction} eta {eta}", card(LINEAR, prediction=prediction), {"kind": "ddim", "eta": eta}, 10,
            ddim(LINEAR, 1000, 10, prediction, eta))
    row("ddim offset 1 to the first timestep", card(SCALED, end="first-timestep"), {"kind": "ddim", "eta": 0.5}, 10,
        ddim(SCALED, 1000, 10, "noise", 0.5, offset=1, one=False), offset=1)
    row("ddim zero terminal snr", card(SCALED, prediction="v", zero_terminal_snr=True), {"kind": "ddim", "eta": 0.3},
        10, ddim(SCALED, 1000, 10, "v", 0.3, spacing="trailing", zero=True), "trailing")
    clip = {"kind": "range", "bound": 1.0}
    for rederive in [False, True]:
        row(f"ddim clamped, noise again {rederive}", card(COSINE, clamp=clip, clamped_noise=rederive),
            {"kind": "ddim", "eta": 0.5}, 10,
            ddim(COSINE, 1000, 10, "noise", 0.5, rederive=rederive, clip_sample=True, clip_sample_range=1.0))
    guide = {"scale": 3.0, "rescale": 0.7}
    row("ddim guided", card(LINEAR), {"kind": "ddim"}, 6, ddim(LINEAR, 1000, 6, "noise", 0.0, guide=guide),
        guidance=guide)

    for prediction, steps, spacing in [("noise", 10, "linspace"), ("v", 20, "trailing"), ("x0", 7, "linspace")]:
        row(f"dpm-solver {prediction} {steps} {spacing}", card(SCALED, prediction=prediction), {"kind": "dpm-solver"},
            steps, dpm_solver(SCALED, 1000, steps, prediction, spacing), spacing)
    edm = {"schedule": {"kind": "ve-geometric", "timesteps": 1000, "sigma_min": 0.002, "sigma_max": 80.0},
           "prediction": {"edm": {"sigma_data": 0.5}}, "time": "quarter-log-sigma"}
    row("dpm-solver edm", edm, {"kind": "dpm-solver"}, 12, edm_dpm_solver(12, 0.5))
    rows[-1]["settings"]["spacing"] = {"kind": "karras", "rho": 7.0}
    for prediction in ["noise", "v"]:
        row(f"heun {prediction}", card(SCALED, prediction=prediction), {"kind": "heun"}, 8,
            heun(SCALED, 1000, 8, prediction, "linspace"), "linspace")
    return rows


here = pathlib.Path(__file__).parent
goldens = {"diffusers": diffusers.__version__, "schedules": schedules(), "spacings": spacings(), "runs": runs()}
text = json.dumps(goldens, indent=None, separators=(",", ":"))
text = text.replace('{"card"', '\n{"card"').replace('{"name"', '\n{"name"').replace('{"spacing":{"kind"', '\n{"spacing":{"kind"')
(here / "diffusers.json").write_text(text + "\n")
print(len(text), "bytes")
