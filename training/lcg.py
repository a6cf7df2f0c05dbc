"""The pseudo-random image of all probes; `crates/pipelines/src/probe.rs` is its twin."""

import numpy as np


def probe_image(seed: int, count: int) -> np.ndarray:
    """Linear congruential generator with Numerical Recipes' constants, upper 24 bits, in [0, 1)."""
    values, state = np.empty(count, np.float32), seed
    for index in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        values[index] = (state >> 8) / 2**24
    return values
