"""The measures against known answers: a lesion kept, one removed, one painted in."""

import numpy as np
import pytest

from golden_lesions import GOLDEN, KNOWN, golden
from measures import Detector, lesion_errors, nrmse, psnr, ssim

VOXEL_MM = np.array([4.0, 4.0, 4.0])


def ball(shape, centre, radius):
    grid = np.indices(shape)
    return sum((axis - c) ** 2 for axis, c in zip(grid, centre)) <= radius**2


@pytest.fixture
def item() -> dict:
    """A body of SUV 1 with one lesion of SUV 5, 16 mm across."""
    shape = (20, 40, 40)
    body = np.zeros(shape, bool)
    body[:, 4:36, 4:36] = True
    lesions = ball(shape, (10, 14, 14), 2).astype(np.uint8)
    image = np.where(lesions > 0, 5.0, body).astype(np.float32)
    return {"voxel_mm": VOXEL_MM, "body": body, "lesions": lesions, "standard": image, "noise_free": image}


def test_a_lesion_that_stays_is_neither_lost_nor_invented(item):
    assert Detector(item).counts(item["standard"]) == {"shown": 1, "lost": 0, "invented": 0}


def test_a_removed_lesion_is_lost_and_a_painted_one_is_invented(item):
    flat = item["body"].astype(np.float32)
    assert Detector(item).counts(flat) == {"shown": 1, "lost": 1, "invented": 0}
    painted = np.where(ball(flat.shape, (10, 26, 26), 2), 5.0, item["standard"]).astype(np.float32)
    assert Detector(item).counts(painted) == {"shown": 1, "lost": 0, "invented": 1}


def test_bias_and_diameter_of_a_lesion(item):
    faded = np.where(item["lesions"] > 0, 4.0, item["standard"]).astype(np.float32)
    (row,) = lesion_errors(faded, item)
    assert row["suv_mean"] == pytest.approx(-20)
    assert row["suv_max_truth"] == pytest.approx(-20)
    assert row["diameter_mm"] == pytest.approx((6 * 33 * 64 / np.pi) ** (1 / 3))


def test_errors_of_a_known_offset(item):
    body = item["body"]
    reference = np.full(body.shape, 2.0, np.float32)
    assert nrmse(reference + 0.5, reference, body) == pytest.approx(0.25)
    assert psnr(reference + 0.2, reference, body) == pytest.approx(20)


def test_similarity_is_one_for_the_same_image_and_falls_with_noise(item):
    image, body = item["standard"], item["body"]
    noise = np.random.default_rng(1).standard_normal(image.shape).astype(np.float32)
    values = [ssim(image + spread * noise, image, body) for spread in (0.0, 0.1, 0.4)]
    assert values[0] == pytest.approx(1, abs=1e-6)
    assert values[0] > values[1] > values[2]


def test_lesions_that_nobody_drew_are_found_in_the_standard_dose(item):
    seen = {name: item[name] for name in ("voxel_mm", "body", "standard")}
    flat = item["body"].astype(np.float32)
    assert Detector(seen).counts(item["standard"]) == {"shown": 1, "lost": 0, "invented": 0}
    assert Detector(seen).counts(flat) == {"shown": 1, "lost": 1, "invented": 0}


def test_the_golden_pair_is_what_the_detector_says():
    with np.load(GOLDEN) as kept:
        again = golden()
        assert set(kept.files) == set(again)
        for name in kept.files:
            np.testing.assert_allclose(again[name], kept[name], atol=1e-5)
    counts = [again[f"counts_{name}"].tolist() for name in KNOWN]
    assert counts == [[2, 1, 1], [3, 1, 1], [3, 1, 2]]
