"""The classical denoisers that the network is compared with, each with one strength to tune."""

import numpy as np
from scipy.ndimage import gaussian_filter

from conditioning import foreground_scale, noise_level

FWHM_PER_SIGMA = 2.3548


def gaussian(image, voxel_mm, width_mm: float):
    """A Gaussian of the given full width at half maximum."""
    return gaussian_filter(image, width_mm / FWHM_PER_SIGMA / np.array(voxel_mm))


def non_local_means(image, voxel_mm, strength: float):
    """scikit-image's 3D non-local means; h = strength times the image's own noise."""
    from skimage.restoration import denoise_nl_means

    h = strength * noise_level(image) * foreground_scale(image)
    return denoise_nl_means(image, patch_size=3, patch_distance=4, h=h, fast_mode=True)


def bm4d(image, voxel_mm, strength: float):
    """Block matching in four dimensions (PyPI `bm4d`); sigma = strength times the image's own noise."""
    from bm4d import bm4d as run

    sigma = strength * noise_level(image) * foreground_scale(image)
    return np.maximum(run(image.astype(np.float64), sigma), 0).astype(np.float32)


# Name to function and the strengths that tuning tries, each wide enough to hold the best.
METHODS = {
    "gaussian": (gaussian, (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.5, 13.0)),
    "non-local means": (non_local_means, (0.5, 0.75, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.5, 7.5)),
    "bm4d": (bm4d, (0.4, 0.7, 1.0, 1.5, 2.0, 2.7, 3.5, 5.0, 7.0, 10.0, 14.0)),
}
