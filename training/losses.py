"""What training minimises: squared error, and the parts that guard lesions, regions and structure.

Images are (b, 1, z, y, x), normalised; labels are integers of the same shape.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

STRUCTURE_COSINE = 0.2  # alpha of eq. 11.7
ROI_FLOOR = 0.3  # added to a region's mean where errors are taken relative to it, in the network's unit
SMALLEST_ROI = 4  # voxels
USUAL_NOISE = 0.02  # weighted squared error of an untouched patch, the middle of all, in the network's unit
LEAST_NOISE = 0.001  # added to a patch's own, so that one without noise does not count without bounds


@dataclass(frozen=True)
class Weights:
    """How much each part counts beside the squared error; 0 leaves it out."""

    lesions: float = 0.0  # extra weight of voxels in and around lesions
    means: float = 0.0  # squared relative error of the mean of each lesion and each region
    structure: float = 0.0  # structural consistency of seven neighbouring patches
    evenness: float = 0.0  # how far noisy and quiet patches count alike: 0 squared error, 0.5 its root, 1 its logarithm


def activity_weight(low):
    """Less weight where activity is high, so that hot organs do not drown the rest.

    It depends on the low-dose image's neighbourhood only, so the minimiser stays the conditional
    mean: it does not trade bias for noise.
    """
    smooth = F.avg_pool3d(low, 5, 1, 2, count_include_pad=False)
    return 1 / (0.3 + smooth.clamp(min=0))


def lesion_weight(lesions, strength: float):
    """1, and 1 + strength in and one voxel around lesions.

    Lesions fill a thousandth of the body: without this the minimiser treats a faint one as noise.
    """
    return 1 + strength * F.max_pool3d((lesions > 0).float(), 3, 1, 1)


def even_weight(weighted, evenness: float):
    """(usual / own)^evenness for each patch, own the mean of `weighted`, the untouched patch's weighted squared error.

    Squared errors of patches differ a thousandfold, so the noisiest tenth would be all that is learned. The gradient
    of the root of a patch's error is its squared error's over that root, of its logarithm over the error itself; the
    untouched patch's error stands for it, since it does not depend on the network.
    """
    own = weighted.mean((1, 2, 3, 4), keepdim=True)
    return (USUAL_NOISE / (own + LEAST_NOISE)) ** evenness


def roi_means(error, reference, labels):
    """Mean squared relative error of the means over each labelled region of each patch."""
    batch, most = len(labels), 256
    index = (labels.flatten(1) + most * torch.arange(batch, device=labels.device)[:, None]).flatten()
    sums = torch.zeros(3, batch * most, device=error.device)
    values = torch.stack([error.flatten(), reference.flatten(), torch.ones_like(error).flatten()])
    error_sum, reference_sum, count = sums.index_add(1, index, values)
    labelled = torch.arange(batch * most, device=labels.device) % most > 0
    chosen = labelled & (count >= SMALLEST_ROI)
    if not chosen.any():
        return error.sum() * 0
    count = count[chosen]
    return (error_sum[chosen] / count / (ROI_FLOOR + (reference_sum[chosen] / count).clamp(min=0))).square().mean()


def structural(output, target):
    """Structural consistency, eq. 11.7: seven patches are vertices, the centre's six neighbours lines.

    A patch's vertex is its content at half resolution; a line is the difference of two vertices.
    Vertices are compared by squared error, lines by their angle.
    """
    side = output.shape[-1] // 3

    def vertices(image):
        grid = F.avg_pool3d(image[..., :3 * side, :3 * side, :3 * side], 2)
        half = side // 2
        at = lambda z, y, x: grid[..., z * half:(z + 1) * half, y * half:(y + 1) * half, x * half:(x + 1) * half]
        places = ((1, 1, 1), (0, 1, 1), (2, 1, 1), (1, 0, 1), (1, 2, 1), (1, 1, 0), (1, 1, 2))
        return torch.stack([at(*place).flatten(1) for place in places], 1)

    ours, theirs = vertices(output), vertices(target)
    lines = [v[:, 1:] - v[:, :1] for v in (ours, theirs)]
    return (ours - theirs).square().mean() + STRUCTURE_COSINE * (1 - F.cosine_similarity(*lines, dim=-1)).mean()


def loss_of(output, target, batch: dict, weights: Weights):
    """The training loss of one batch of PatchSampler."""
    error = output - target
    weight = activity_weight(batch["low"])
    if weights.lesions:
        weight = weight * lesion_weight(batch["lesions"], weights.lesions)
    if weights.evenness:
        weight = weight * even_weight(weight * (batch["low"] - batch["clean"]).square(), weights.evenness)
    loss = (weight * error.square()).mean()
    if weights.means:
        loss = loss + weights.means * (roi_means(error, target, batch["lesions"])
                                       + 0.2 * roi_means(error, target, batch["labels"]))
    if weights.structure:
        loss = loss + weights.structure * structural(output, target)
    return loss
