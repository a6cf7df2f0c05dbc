"""What is done to an image before and after the network: scale, dose code, region channels.

The app's Rust core has twins of `foreground_scale`, `noise_level` and `estimate_dose`; the two
sides must agree, so sums are float64 and every comparison is strict as written here.
"""

import numpy as np

from phantoms import REGIONS

UNKNOWN, DOSE = len(REGIONS), len(REGIONS) + 1
CHANNELS = len(REGIONS) + 2
MAX_LOG_DOSE = float(np.log2(20))


def box_mean(image: np.ndarray) -> np.ndarray:
    """3x3x3 mean in float64; beyond the edge the nearest voxel is repeated.

    Summed voxel by voxel: scipy's uniform_filter keeps a running sum, whose rounding leaves values
    just above zero where the image is zero, and `b > 0` would count them.
    """
    total = np.pad(image.astype(np.float64), 1, mode="edge")
    for axis in range(3):
        total = sum(total.take(range(start, total.shape[axis] - 2 + start), axis) for start in range(3))
    return total / 27


def foreground(image: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Box mean b, threshold t and scale s.

    t = mean of b over voxels with b > 0; s = mean of b over voxels with b > t.
    """
    smooth = box_mean(image)
    threshold = smooth[smooth > 0].mean()
    return smooth, threshold, smooth[smooth > threshold].mean()


def foreground_scale(image: np.ndarray) -> float:
    """The divisor that brings an image to the network's unit."""
    return foreground(image)[2]


def noise_level(image: np.ndarray) -> float:
    """Relative voxel noise: a robust spread of in-plane second differences in the foreground.

    r = |x[i-1] - 2 x[i] + x[i+1]| / (sqrt(6) b[i]) along x and y, pooled, for voxels with b > t
    that are interior in-plane; the level is 1.4826 times the median of r.
    """
    smooth, threshold, _ = foreground(image)
    x = image.astype(np.float64)
    centre = (slice(None), slice(1, -1), slice(1, -1))
    inside = smooth[centre] > threshold
    along_x = x[:, 1:-1, :-2] - 2 * x[centre] + x[:, 1:-1, 2:]
    along_y = x[:, :-2, 1:-1] - 2 * x[centre] + x[:, 2:, 1:-1]
    denominator = np.sqrt(6) * smooth[centre][inside]
    ratios = [np.abs(difference[inside]) / denominator for difference in (along_x, along_y)]
    return 1.4826 * float(np.median(np.concatenate(ratios)))


def fit_dose(noise: np.ndarray, dose: np.ndarray) -> tuple[float, float]:
    """Least squares (intercept, slope) of log2(1/dose) = intercept + slope log2(noise)."""
    slope, intercept = np.polyfit(np.log2(noise), np.log2(1 / np.asarray(dose)), 1)
    return float(intercept), float(slope)


def estimate_log_dose(noise: float, intercept: float, slope: float) -> float:
    """log2(1/dose) from the noise level, clamped to the trained range."""
    return float(np.clip(intercept + slope * np.log2(noise), 0, MAX_LOG_DOSE))


def dose_code(log_dose: float) -> float:
    """0 at standard dose, 1 at 1/20."""
    return log_dose / MAX_LOG_DOSE


def region_channels(labels: np.ndarray | None, shape: tuple[int, ...], code: float) -> np.ndarray:
    """The network's `regions` input (CHANNELS, z, y, x) from labels 0..8, or None = no mask."""
    channels = np.zeros((CHANNELS, *shape), np.float32)
    if labels is None:
        channels[UNKNOWN] = 1
    else:
        for index in range(len(REGIONS)):
            channels[index] = labels == index + 1
        channels[UNKNOWN] = labels == 0
    channels[DOSE] = code
    return channels
