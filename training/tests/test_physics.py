"""The simulator's laws: projections keep counts, thinning keeps means, OSEM finds the activity."""

import numpy as np
import pytest

from phantoms import MU_SOFT, Grid, Phantom
from physics import Protocol, acquire, projector, reconstruct, thin
from simulate import simulate_pair

SIDE = 48


@pytest.fixture
def cylinder() -> Phantom:
    """A uniform soft-tissue cylinder of SUV 2, 14 cm across."""
    grid = Grid((8, SIDE, SIDE), (4.0, 4.0, 4.0))
    _, y, x = grid.coordinates()
    body = np.hypot(x, y) < 70
    return Phantom(grid, 2.0 * body.astype(np.float32), MU_SOFT * body.astype(np.float32),
                   np.zeros(grid.shape, np.uint8), body)


@pytest.fixture
def protocol() -> Protocol:
    return Protocol(psf_mm=5, counts_per_mm=2e5, scatter_fraction=0.3, randoms_ratio=0.4, iterations=4,
                    filter_mm=0, axial_filter=False)


def core(volume):
    """Mean of the cylinder's inner part, away from the edge's blur."""
    _, y, x = Grid(volume.shape, (4.0, 4.0, 4.0)).coordinates()
    return volume[np.hypot(x, y) < 45].mean()


def test_every_angle_sees_the_whole_activity(cylinder):
    sums = projector(SIDE).project(cylinder.activity).reshape(-1, SIDE, 8).sum(1)
    np.testing.assert_allclose(sums, np.broadcast_to(cylinder.activity.sum((1, 2)), sums.shape), rtol=1e-4)


def test_counts_and_fractions_are_those_of_the_protocol(cylinder, protocol):
    scan = acquire(cylinder, protocol, np.random.default_rng(1))
    trues = scan.expected - scan.background
    assert trues.sum() == pytest.approx(2e5 * 8 * 4, rel=1e-3)
    assert scan.background.sum() / trues.sum() == pytest.approx(0.3 / 0.7 + 0.4, rel=1e-2)


def test_noise_free_reconstruction_finds_the_activity(cylinder, protocol):
    scan = acquire(cylinder, protocol, np.random.default_rng(1))
    assert core(reconstruct(scan, cylinder, protocol, scan.expected)) == pytest.approx(2, rel=0.02)


def test_low_dose_is_a_subset_that_keeps_the_mean(cylinder, protocol):
    rng = np.random.default_rng(1)
    scan = acquire(cylinder, protocol, rng)
    kept = thin(scan.counts, 0.1, rng)
    assert (kept <= scan.counts).all()
    assert kept.sum() == pytest.approx(0.1 * scan.counts.sum(), rel=0.01)
    images = simulate_pair(cylinder, protocol, [0.1], np.random.default_rng(1))
    assert core(images["low"][0]) == pytest.approx(core(images["standard"]), rel=0.02)


def test_a_seed_gives_the_same_pair(cylinder, protocol):
    first, second = (simulate_pair(cylinder, protocol, [0.25], np.random.default_rng(9)) for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
