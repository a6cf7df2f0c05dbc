"""The committed package against itself: checksums, probe, goldens and samples."""

import hashlib
import json

import nibabel as nib
import numpy as np
import pytest

from enhancer import MEAN_SIGMA_MM, Recovery
from package import GOLDENS, PACKAGE, PROBE, SAMPLES, conditions, probe_image, recovered, run


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((PACKAGE / "model.json").read_text())


def test_probe_image_starts_as_the_generator_says():
    first = (1664525 + 1013904223) % 2**32
    second = (first * 1664525 + 1013904223) % 2**32
    np.testing.assert_array_equal(probe_image(1, 2), np.float32([(first >> 8) / 2**24, (second >> 8) / 2**24]))


def test_files_are_those_that_the_manifest_names(manifest):
    for entry in manifest["files"]:
        data = (PACKAGE / entry["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_the_graph_reproduces_its_probe_and_its_goldens(manifest):
    graph, probe = PACKAGE / manifest["graph"], manifest["probe"]
    pet = probe_image(probe["seed"], int(np.prod(PROBE))).reshape(1, 1, *PROBE)
    output = run(graph, pet, conditions(PROBE, 0.5)).ravel()
    indices, values = map(list, zip(*probe["samples"]))
    np.testing.assert_allclose(output[indices], values, atol=probe["tolerance"])
    arrays = {name: np.load(GOLDENS / f"{name}.npy") for name in ("pet", "regions", "enhanced")}
    np.testing.assert_allclose(run(graph, arrays["pet"], arrays["regions"]), arrays["enhanced"], atol=1e-4)


def test_recovered_contrast_is_the_golden_and_the_manifest_says_what_runs(manifest):
    pet, enhanced, golden = (np.load(GOLDENS / f"{name}.npy") for name in ("pet", "enhanced", "recovered"))
    again = recovered(pet[0, 0], enhanced[0, 0])
    np.testing.assert_allclose(again, golden, atol=1e-5)
    assert 0.01 < (again != enhanced[0, 0]).mean() < 0.5
    assert manifest["pipeline"]["contrast_recovery"] == Recovery().manifest()
    assert manifest["pipeline"]["mean_preservation"] == {"sigma_mm": MEAN_SIGMA_MM}


def test_the_network_beats_the_gaussian_where_the_card_promises(manifest):
    for row in manifest["quality"]:
        if row["dose"] <= 0.25:
            assert row["nrmse"] < row["nrmse_gaussian"]


def test_samples_share_a_grid_and_hold_a_liver():
    low, standard, regions = (nib.load(SAMPLES / f"torso-{name}.nii.gz")
                              for name in ("low-dose", "standard-dose", "regions"))
    np.testing.assert_array_equal(low.affine, standard.affine)
    np.testing.assert_array_equal(low.affine, regions.affine)
    liver = np.asarray(regions.dataobj) == 2
    assert liver.sum() > 1000
    assert low.get_fdata()[liver].mean() == pytest.approx(standard.get_fdata()[liver].mean(), rel=0.02)
