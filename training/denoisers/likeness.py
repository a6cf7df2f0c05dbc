"""How like two sets of images are: Frechet distance, precision and recall, nearest neighbours, MS-SSIM."""

import numpy as np
import torch
from scipy.linalg import sqrtm
from torch import nn

NEIGHBOURS = 3
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363)  # of Wang et al. 2003, whose fifth scale is too coarse for 128 pixels
WINDOW, SIGMA = 11, 1.5


def frechet(one: np.ndarray, other: np.ndarray) -> float:
    """Frechet distance of two sets of features (n, d), taken as Gaussians (Heusel et al. 2017, equation 6)."""
    covariances = [np.cov(features, rowvar=False) for features in (one, other)]
    # The product of two covariances has real, non-negative eigenvalues; what else appears is rounding.
    root = np.real(sqrtm(covariances[0] @ covariances[1]))
    return float(((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * root))


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distances of every row of one to every row of the other."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squares, 0))


def inside(points: np.ndarray, manifold: np.ndarray) -> float:
    """The share of points within some ball around a point of the manifold that just reaches its third neighbour."""
    own = np.sort(distances(manifold, manifold), 1)[:, NEIGHBOURS]
    return float((distances(points, manifold) <= own).any(1).mean())


def precision_recall(real: np.ndarray, made: np.ndarray) -> tuple[float, float]:
    """Kynkaanniemi et al. 2019: made ones among the real ones, real ones among the made ones."""
    return inside(made, real), inside(real, made)


def nearest(points: np.ndarray, bank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance to, and index of, each point's nearest row of the bank."""
    apart = np.concatenate([distances(chunk, bank) for chunk in np.array_split(points, max(1, len(points) // 64))])
    return apart.min(1), apart.argmin(1)


def ms_ssim(one: torch.Tensor, other: torch.Tensor, span: float) -> torch.Tensor:
    """Multi-scale structural similarity over four scales of image pairs (n, 1, h, w) whose values span `span`."""
    line = torch.exp(-0.5 * ((torch.arange(WINDOW) - WINDOW // 2) / SIGMA) ** 2)
    window = torch.outer(line, line)[None, None] / line.sum() ** 2
    blur = lambda image: nn.functional.conv2d(image, window)
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    result = torch.ones(len(one))
    exponents = torch.tensor(SCALE_WEIGHTS) / sum(SCALE_WEIGHTS)
    for scale, exponent in enumerate(exponents):
        mean_one, mean_other = blur(one), blur(other)
        covariance = blur(one * other) - mean_one * mean_other
        variances = blur(one**2) - mean_one**2 + blur(other**2) - mean_other**2
        similar = (2 * covariance + c2) / (variances + c2)
        if scale == len(exponents) - 1:
            similar = similar * (2 * mean_one * mean_other + c1) / (mean_one**2 + mean_other**2 + c1)
        result = result * similar.mean((1, 2, 3)).clamp(min=0) ** exponent
        one, other = (nn.functional.avg_pool2d(image, 2) for image in (one, other))
    return result


def within(images: np.ndarray, span: float, pairs: int, seed: int) -> float:
    """Mean MS-SSIM of random pairs of images (n, h, w) that are not the same: low where they are diverse."""
    rng = np.random.default_rng(seed)
    first = rng.integers(len(images), size=pairs)
    second = (first + rng.integers(1, len(images), size=pairs)) % len(images)
    one, other = (torch.from_numpy(images[chosen])[:, None] for chosen in (first, second))
    return float(ms_ssim(one, other, span).mean())
