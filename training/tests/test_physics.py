"""The simulator's laws: projections keep counts, thinning keeps means, OSEM finds the activity."""

from dataclasses import replace

import numpy as np
import pytest

import simulate
from phantoms import MU_SOFT, Grid, Phantom, Setting
from physics import Protocol, acquire, projector, reconstruct, thin
from simulate import simulate_pair
from torsos import build_torso

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


def test_modelling_the_psf_sharpens_a_small_sphere(protocol):
    grid = Grid((8, SIDE, SIDE), (4.0, 4.0, 4.0))
    z, y, x = grid.coordinates()
    body = np.hypot(x, y) < 70
    sphere = np.sqrt(z**2 + y**2 + x**2) < 6
    phantom = Phantom(grid, body + 7.0 * sphere.astype(np.float32), MU_SOFT * body.astype(np.float32),
                      np.zeros(grid.shape, np.uint8), body)
    peaks = []
    for modelled in (False, True):
        chosen = replace(protocol, psf_modelled=modelled)
        scan = acquire(phantom, chosen, np.random.default_rng(1))
        image = reconstruct(scan, phantom, chosen, scan.expected)
        peaks.append(image[sphere].mean())
        assert image[body & (np.hypot(x, y) > 30)].mean() == pytest.approx(1, rel=0.05)
    assert peaks[0] + 0.2 < peaks[1] < 8


def test_the_second_series_has_a_psf_of_4_to_6_mm_that_half_of_the_reconstructions_model():
    drawn = [Protocol.second_series(np.random.default_rng(seed)) for seed in range(200)]
    assert all(4 <= one.psf_mm <= 6 for one in drawn)
    assert 60 < sum(one.psf_modelled for one in drawn) < 140


def test_counts_of_the_third_series_follow_from_exposure_and_activity(cylinder, protocol):
    def trues(phantom, counts_per_ml):
        scan = acquire(phantom, replace(protocol, counts_per_ml=counts_per_ml, scatter_fraction=0, randoms_ratio=0),
                       np.random.default_rng(1))
        return scan.expected.sum()

    in_air = replace(cylinder, mu=np.zeros_like(cylinder.mu))
    ml = cylinder.activity.sum() * np.prod(cylinder.grid.voxel_mm) / 1000
    assert trues(in_air, 1e4) == pytest.approx(1e4 * ml, rel=0.02)
    assert trues(cylinder, 1e4) < 0.6 * trues(in_air, 1e4)
    hotter = replace(cylinder, activity=2 * cylinder.activity)
    assert trues(hotter, 1e4) == pytest.approx(2 * trues(cylinder, 1e4), rel=1e-3)


def test_protocols_of_the_third_series_count_more_in_heads_and_filter_where_the_psf_is_not_modelled():
    drawn = {kind: [Protocol.third_series(np.random.default_rng(seed), kind) for seed in range(200)] for kind in ("head", "torso")}
    middle = {kind: np.median([one.counts_per_ml for one in some]) for kind, some in drawn.items()}
    assert middle["torso"] < middle["head"]
    assert all(one.psf_modelled or 2 <= one.filter_mm <= 6 for one in drawn["torso"])
    assert {one.filter_along_z for one in drawn["head"]} == {False, True}


def test_an_item_of_any_series_is_always_the_same(tmp_path, monkeypatch):
    """The torso needs no data; its acquisition is thinned to a small one so that this stays quick."""
    monkeypatch.setattr(simulate, "simulate_pair", small_pair)
    for series in (1, 2, 3):
        first, again = (simulate.simulate_item(series, "train", 0, tmp_path) for _ in range(2))
        for name in first:
            np.testing.assert_array_equal(first[name], again[name])
        assert series == 1 or tuple(first["voxel_mm"]) in simulate.VOXELS.values()
    other = simulate.simulate_item(2, "train", 2, tmp_path)
    assert other["activity"].shape != first["activity"].shape or (other["activity"] != first["activity"]).any()


def small_pair(phantom, protocol, doses, rng):
    """What simulate_pair returns, from noise alone."""
    noisy = lambda: rng.gamma(4.0, 0.25, phantom.activity.shape).astype(np.float32)
    return {"standard": noisy(), "noise_free": phantom.activity, "low": np.stack([noisy() for _ in doses])}


def test_lesions_of_the_second_series_are_kept_apart():
    phantom = build_torso(np.random.default_rng(3), Setting((4.0, 4.07, 4.07), 14))
    centres = [np.argwhere(phantom.lesions == code).mean(0) * phantom.grid.voxel_mm
               for code in np.unique(phantom.lesions)[1:]]
    assert len(centres) > 4
    distances = [np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i]]
    assert min(distances) > 20


def test_a_seed_gives_the_same_pair(cylinder, protocol):
    first, second = (simulate_pair(cylinder, protocol, [0.25], np.random.default_rng(9)) for _ in range(2))
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])
