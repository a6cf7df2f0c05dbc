"""A package's exported graphs in ONNX Runtime, sampled as the app does where `model.json` says DPM-Solver and trailing:
DPM-Solver++ of second order, multistep (Lu et al. 2022, algorithm 2)."""

from pathlib import Path

import numpy as np
import onnxruntime

from denoisers.diffusion import STEPS, levels


def session(path: Path) -> onnxruntime.InferenceSession:
    """A graph on one thread of the CPU, so that figures do not depend on the machine."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def trailing(evaluations: int) -> list[int]:
    """The timesteps of that many evaluations, spaced back from the last one."""
    return [round(STEPS - step * STEPS / evaluations) - 1 for step in range(evaluations)]


class Graphs:
    """Encoder, denoiser and decoder of a package whose inputs are called slices, x, timestep and condition."""

    def __init__(self, encoder: Path, denoiser: Path, decoder: Path, evaluations: int):
        self.encoder, self.denoiser, self.decoder = (session(path) for path in (encoder, denoiser, decoder))
        self.signal, self.noise = (part.numpy() for part in levels())
        self.half_log_snr = np.log(self.signal / self.noise)
        self.times = trailing(evaluations)

    def condition(self, slices: np.ndarray) -> np.ndarray:
        """The condition of (slices, height, width)."""
        return self.encoder.run(None, {"slices": slices[None]})[0]

    def sample(self, start: np.ndarray, condition: np.ndarray, **given: np.ndarray) -> np.ndarray:
        """One image (height, width), normalised, from noise (1, 1, height, width)."""
        x, before = start, None
        for now, then in zip(self.times, [*self.times[1:], None]):
            time = np.array([now], np.float32)
            (v,) = self.denoiser.run(None, {"x": x, "timestep": time, "condition": condition} | given)
            clean = self.signal[now] * x - self.noise[now] * v
            if then is None:
                break
            ratio, ahead = self.noise[then] / self.noise[now], clean
            if before is not None:
                earlier, earlier_clean = before
                steps = np.diff(self.half_log_snr[[earlier, now, then]])
                ahead = clean + 0.5 * steps[1] / steps[0] * (clean - earlier_clean)
            x, before = ratio * x + (self.signal[then] - ratio * self.signal[now]) * ahead, (now, clean)
        return self.decoder.run(None, {"x": clean})[0][0, 0]
