"""ct-generate: the scale and the bands, cutting slices, keeping patients apart, and the measures of sets of images."""

import numpy as np
import pytest
import torch

from denoisers import likeness
from denoisers.ct import model as ct
from denoisers.ct.slices import Cutter, Drawn
from denoisers.ct.volumes import AIR, HELD_OUT, cut_share, volume
from denoisers.diffusion import loss


def block(name: str, region: str, value: float) -> object:
    """A volume of 12 slices of 5 mm with a body of one value."""
    body = np.zeros((12, 40, 40), bool)
    body[:, 10:30, 10:30] = True
    return volume(name, region, np.full(body.shape, value), body, np.full(3, 5.0), range(2, 10))


def test_the_bands_are_orthonormal():
    functions = ct.basis().reshape(ct.BANDS, -1)
    assert torch.allclose(functions @ functions.T, torch.eye(ct.BANDS), atol=1e-6)


def test_decoding_undoes_bands_and_scale():
    numbers = np.random.default_rng(0).uniform(ct.HU[0], ct.HU[-1], (2, 1, 16, 16))
    image = ct.Decode()(ct.bands(torch.from_numpy(ct.companded(numbers)))).detach()
    assert np.abs(ct.hounsfield(image) - numbers).max() < 0.01
    assert image.min() >= -1 and image.max() <= 1


def test_the_image_encoder_undoes_the_decoder():
    image = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, (2, 1, 16, 16)).astype(np.float32))
    bands = ct.ImageEncode()(image)
    assert bands.shape == (2, ct.BANDS, 4, 4)
    assert torch.allclose(ct.Decode()(bands), image, atol=1e-5)


def test_soft_tissue_has_half_of_the_scale():
    # From -200 to 300 HU, of -1000 to 1300: by hand 1.1 of 2.
    low, high = ct.companded(np.array([-200.0, 300.0]))
    assert high - low == pytest.approx(1.1)
    assert ct.companded(np.array([-5000.0, 5000.0])).tolist() == [-1.0, 1.0]


def test_bands_count_as_much_as_their_weight_in_the_loss():
    clean, blind = torch.ones(4, 2, 8, 8), lambda x, timestep: torch.zeros_like(x)
    given = lambda *weights: loss(blind, clean, torch.Generator().manual_seed(0), torch.tensor(weights)[:, None, None])
    assert given(1.0, 1.0) == loss(blind, clean, torch.Generator().manual_seed(0))
    assert given(6.0, 0.0) + given(0.0, 6.0) == pytest.approx(6 * given(1.0, 1.0).item())
    assert given(1.0, 0.0) != given(0.0, 1.0)


def test_no_place_of_a_batch_always_meets_the_same_noise():
    seen, generator = [], torch.Generator().manual_seed(0)
    watching = lambda x, timestep: seen.append(timestep) or torch.zeros_like(x)
    for _ in range(20):
        loss(watching, torch.ones(4, 1, 2, 2), generator)
    # Each batch covers the four quarters of the schedule, and its first place meets all of them in turn.
    assert all(sorted((times // 250).tolist()) == [0, 1, 2, 3] for times in seen)
    assert {int(times[0]) // 250 for times in seen} == {0, 1, 2, 3}


def test_held_out_patients_are_never_drawn():
    assert "head_16" in HELD_OUT
    volumes = [block(region, region, 40.0) for region in ct.CLASSES] + [block("head_16", "head", 1200.0)]
    images, regions = Drawn(volumes, 3).images(40)
    assert np.bincount(regions).tolist() == [8] * 5
    assert images.max() < 300
    images, regions = Drawn(volumes, 3, held_out=True).images(4)
    assert regions.tolist() == [0] * 4
    assert images.max() > 1000


def test_front_is_above_and_the_left_side_at_the_right():
    source = block("one", "chest", 0.0)
    # RAS: y grows to the front, x to the patient's right.
    source.above_air[:, 27:30, 10:13] = 2000.0
    image = Cutter(0).plain(source, 5)
    row, column = np.array(np.where(image > 500)).mean(1)
    assert row < ct.EDGE / 2 < column


def test_cut_bodies_are_told_by_their_outline():
    body = np.zeros((40, 40), bool)
    body[10:30, 10:30] = True
    assert cut_share(body) == 0
    # 20 pixels on the edge, of the outline of a disc of 400.
    assert cut_share(body[10:]) == pytest.approx(20 / (2 * np.sqrt(np.pi * 400)))


def test_air_surrounds_the_body():
    image = Cutter(0).plain(block("one", "chest", 0.0), 5)
    assert image[0].max() == AIR and image[64, 64] == pytest.approx(0, abs=0.01)


def test_frechet_distance_of_gaussians():
    rng = np.random.default_rng(0)
    one = rng.standard_normal((4000, 3))
    one = (one - one.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(one, rowvar=False))).T
    # Means 2 apart, deviations 1 and 3 in each of three directions: 4 + 3 (3 - 1)^2.
    assert likeness.frechet(one, 3 * one + [2, 0, 0]) == pytest.approx(16, abs=1e-6)
    assert likeness.frechet(one, one) == pytest.approx(0, abs=1e-6)


def test_precision_and_recall_tell_collapse_from_nonsense():
    rng = np.random.default_rng(1)
    real = rng.standard_normal((400, 2))
    collapsed, nonsense = real[:1] + 0.01 * rng.standard_normal((400, 2)), 50 + rng.standard_normal((400, 2))
    assert likeness.precision_recall(real, real) == (1, 1)
    assert likeness.precision_recall(real, nonsense) == (0, 0)
    precision, recall = likeness.precision_recall(real, collapsed)
    assert precision > 0.9 and recall < 0.1


def test_the_nearest_row_is_found():
    apart, at = likeness.nearest(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[3.0, 3.0], [0.0, 1.0]]))
    assert at.tolist() == [1, 0] and apart.tolist() == pytest.approx([1, 1])


def test_ms_ssim_is_1_for_equal_images_and_falls_with_noise():
    image = torch.rand(2, 1, 128, 128, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(1))
    similar = [likeness.ms_ssim(image, image + size * noise, 1.0).mean().item() for size in (0.0, 0.1, 1.0)]
    assert similar[0] == pytest.approx(1, abs=1e-5)
    assert similar[0] > similar[1] > similar[2]
