"""The segmenter's grid: cells of 8 mm, on which organs are large and most of the noise is averaged away.

The app's Rust core has the twin (`imaging/src/cells.rs`); arrays are (z, y, x), towards the patient's head, front and right.
"""

import numpy as np

CELL_MM = 8.0
MULTIPLE = 8  # the network's stride: what the edges of its input are multiples of


def overlaps(count: int, edge_mm: float, cell_mm: float = CELL_MM) -> np.ndarray:
    """The share of each of `count` voxels in each cell, (cells, voxels); rows sum to one.

    Cell k lies between k and k + 1 cell edges from the outer face of the first voxel; the last one may reach past the
    image and is the mean of what it holds.
    """
    cells = max(1, int(np.ceil(count * edge_mm / cell_mm - 1e-6)))
    faces = np.arange(count + 1) * edge_mm
    starts = np.arange(cells)[:, None] * cell_mm
    shared = np.minimum(faces[1:], starts + cell_mm) - np.maximum(faces[:-1], starts)
    shares = np.maximum(shared, 0)
    return shares / shares.sum(1, keepdims=True)


def to_cells(image: np.ndarray, voxel_mm) -> np.ndarray:
    """The mean of the last three axes' voxels in each cell."""
    for axis, edge in zip((-3, -2, -1), voxel_mm):
        shares = overlaps(image.shape[axis], float(edge)).astype(np.float32)
        image = np.moveaxis(np.tensordot(shares, image, (1, image.ndim + axis)), 0, axis)
    return image


def from_cells(cells: np.ndarray, shape, voxel_mm) -> np.ndarray:
    """Linear interpolation between the cells' centres at the voxels' centres; past the last centre it stays."""
    for axis, count, edge in zip((-3, -2, -1), shape, voxel_mm):
        places = np.clip((np.arange(count) + 0.5) * float(edge) / CELL_MM - 0.5, 0, cells.shape[axis] - 1)
        low = places.astype(int)
        high = np.minimum(low + 1, cells.shape[axis] - 1)
        weight = (places - low).astype(np.float32).reshape(-1, *(1,) * (-1 - axis))
        cells = (1 - weight) * cells.take(low, axis) + weight * cells.take(high, axis)
    return cells


def labels_of(scores: np.ndarray, shape, voxel_mm) -> np.ndarray:
    """The label of each voxel with the highest score, from scores (label, z, y, x) of cells."""
    return from_cells(scores, shape, voxel_mm).argmax(0).astype(np.uint8)
