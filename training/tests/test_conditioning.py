"""The definitions that the app's core mirrors, against plain loops and known answers."""

import numpy as np
import pytest

from conditioning import (CHANNELS, DOSE, UNKNOWN, box_mean, estimate_log_dose, foreground_scale, fit_dose,
                          noise_level, region_channels)


def test_box_mean_repeats_the_edge():
    image = np.random.default_rng(1).random((3, 4, 5))
    padded = np.pad(image, 1, mode="edge")
    expected = np.empty_like(image)
    for z, y, x in np.ndindex(image.shape):
        expected[z, y, x] = padded[z:z + 3, y:y + 3, x:x + 3].mean()
    np.testing.assert_allclose(box_mean(image), expected, rtol=1e-12)


def test_scale_of_a_block_on_nothing_is_near_its_value_and_follows_units():
    image = np.zeros((12, 16, 16))
    image[2:10, 3:13, 3:13] = 5
    scale = foreground_scale(image)
    assert 4 < scale <= 5
    assert foreground_scale(1000 * image) == pytest.approx(1000 * scale)


@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_noise_level_of_white_noise_is_its_deviation(sigma):
    image = np.zeros((20, 48, 48))
    block = image[:, 4:44, 4:44]
    block[:] = 3 * (1 + sigma * np.random.default_rng(2).standard_normal(block.shape))
    assert noise_level(image) == pytest.approx(sigma, rel=0.1)


def test_dose_fit_is_undone_by_the_estimate():
    dose = np.array([1, 1 / 2, 1 / 4, 1 / 10, 1 / 20])
    noise = 0.05 * dose**-0.6
    line = fit_dose(noise, dose)
    for level, expected in zip(noise, dose):
        assert 2 ** -estimate_log_dose(level, *line) == pytest.approx(expected)
    assert estimate_log_dose(1e-6, *line) == 0
    assert 2 ** -estimate_log_dose(1e6, *line) == pytest.approx(1 / 20)


def test_region_channels_are_one_hot_beside_the_dose():
    labels = np.random.default_rng(3).integers(0, 9, (2, 3, 4))
    channels = region_channels(labels, labels.shape, 0.4)
    assert channels.shape == (CHANNELS, 2, 3, 4)
    np.testing.assert_array_equal(channels[:DOSE].sum(0), 1)
    np.testing.assert_array_equal(channels[UNKNOWN], labels == 0)
    np.testing.assert_array_equal(channels[DOSE], np.float32(0.4))
    assert region_channels(None, labels.shape, 0)[UNKNOWN].all()
