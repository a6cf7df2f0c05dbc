"""The segmenter's cells, samples, loss and package entry, on arrays small enough for a test."""

import hashlib
import json

import numpy as np
import onnxruntime
import pytest
import torch

from segmenter.card import put_into as put_into_card, section
from segmenter.cells import from_cells, labels_of, overlaps, to_cells
from segmenter.export import export_float, put_into
from segmenter.model import LABELS, SETTLED, Norm, Segmenter
from segmenter.samples import SHAPE, Samples, bent, one_hot, placed, procedural
from segmenter.train import objective


def test_cells_hold_means_by_overlap():
    # Five voxels of 3 mm on cells of 8 mm: the third voxel lies in both.
    np.testing.assert_allclose(overlaps(5, 3.0, 8.0), [[3 / 8, 3 / 8, 2 / 8, 0, 0], [0, 0, 1 / 7, 3 / 7, 3 / 7]])
    # An extent of whole cells does not end in an empty one.
    assert overlaps(4, 4.0, 8.0).shape == (2, 4)
    image = np.arange(4 * 2 * 2, dtype=np.float32).reshape(4, 2, 2)
    np.testing.assert_allclose(to_cells(image, (4.0, 4.0, 4.0)).ravel(), [image[:2].mean(), image[2:].mean()])


def test_labels_change_where_the_interpolated_scores_cross():
    # Centres at 4 and 12 mm; the second score passes the first behind 6 mm, so from the voxel at 6.5 mm on.
    scores = np.zeros((2, 1, 1, 2), np.float32)
    scores[0], scores[1, 0, 0, 1] = 1, 4
    labels = labels_of(scores, (1, 1, 16), (1.0, 1.0, 1.0))
    assert labels[0, 0].tolist() == [0] * 6 + [1] * 10
    # Past the last centre nothing is extrapolated.
    assert from_cells(scores[1], (1, 1, 16), (1.0, 1.0, 1.0)).max() == 4


@pytest.fixture
def folder(tmp_path):
    """One torso of the training split whose liver (label 2) is warm, at two doses."""
    regions = np.zeros((24, 40, 40), np.uint8)
    regions[8:16, 12:24, 12:24] = 2
    body = np.zeros(regions.shape, bool)
    body[:, 4:36, 4:36] = True
    image = (body + 2.0 * (regions > 0)).astype(np.float16)
    (tmp_path / "train").mkdir()
    np.savez(tmp_path / "train/0000.npz", low=np.stack([image, image]), standard=image, regions=regions,
             voxel_mm=np.array([4.0, 4.0, 4.0]), kind="torso")
    return tmp_path


def test_samples_keep_image_and_labels_together(folder):
    samples = Samples([folder], 1)
    shares, given = samples.batch(3)
    assert shares.shape == (3, LABELS, *SHAPE) and given["pet"].shape == (3, 1, *SHAPE)
    np.testing.assert_allclose(shares.sum(1).numpy(), 1, atol=1e-5)
    assert shares.min() > -1e-5
    image, shares = samples.simulated()
    liver = shares[2] > 0.99
    assert liver.sum() > 100 and image[liver].min() > image[~liver & (image > 0)].mean()
    # Bent alike: what is warm in the image is what the labels say.
    image, shares = bent(image, shares, np.random.default_rng(3))
    inside, outside = shares[2] > 0.9, (shares[2] < 0.01) & (image > 0)
    assert inside.sum() > 50 and image[inside].mean() > 2 * image[outside].mean()


def test_what_lies_beyond_a_volume_is_nothing():
    volume = np.ones((2, 4, 60, 10), np.float32)
    out = placed(volume, np.array([-1, 12, -5]))
    assert out.shape == (2, *SHAPE)
    assert out.sum() == 2 * 4 * min(60 - 12, SHAPE[1]) * 10
    assert out[:, 0].sum() == 0 and out[:, 1:5, 0, 5:15].all()


def test_procedural_torsos_differ_and_hold_organs():
    rng = np.random.default_rng(5)
    torsos = [procedural(rng) for _ in range(4)]
    assert len({image.tobytes() for image, _ in torsos}) == 4
    assert {int(label) for _, regions in torsos for label in np.unique(regions)} >= {0, 7}
    assert all(image.min() >= 0 for image, _ in torsos)


class Known(torch.nn.Module):
    """Gives the scores it was made with."""

    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def forward(self, pet):
        return self.scores


def test_the_loss_wants_the_true_labels_and_none_where_there_are_none():
    regions = np.zeros((8, 8, 8), np.uint8)
    regions[2:6, 2:6, 2:6] = 6
    shares = torch.from_numpy(one_hot(regions))[None]
    empty = torch.from_numpy(one_hot(np.zeros_like(regions)))[None]
    loss = lambda scores, wanted: float(objective(Known(10 * scores), wanted, None, pet=None))
    assert loss(shares, shares) < 0.1 * loss(empty, shares)
    assert loss(empty, empty) < 0.1 * loss(shares, empty)


def test_the_norm_settles_on_its_running_statistics():
    norm = Norm(2)
    x = torch.randn(4, 2, 3, 3, 3) * 5 + 7
    assert abs(norm(x).mean().item()) < 1e-3
    norm.steps.fill_(SETTLED)
    settled, before = norm(x), norm.running_mean.clone()
    torch.testing.assert_close(settled, norm.eval()(x))
    torch.testing.assert_close(before, norm.running_mean)


def test_the_package_gets_a_graph_that_runs_and_a_probe_of_it(tmp_path):
    torch.manual_seed(1)
    graph = tmp_path / "float32.onnx"
    net = Segmenter((2, 3, 4, 5)).eval()
    export_float(net, graph)
    pet = torch.rand(1, 1, 16, 8, 24)
    scores = onnxruntime.InferenceSession(graph).run(None, {"pet": pet.numpy()})[0]
    np.testing.assert_allclose(scores, net(pet).detach().numpy(), atol=1e-4)
    (tmp_path / "model.json").write_text(json.dumps({"version": "1.1.0", "regions": {}, "files": [{"name": "a.onnx"}]}))
    for _ in range(2):
        put_into(tmp_path, graph, "1.2.0")
    manifest = json.loads((tmp_path / "model.json").read_text())
    assert manifest["version"] == "1.2.0" and [entry["name"] for entry in manifest["files"]] == ["a.onnx", "segmenter.onnx"]
    assert manifest["files"][1]["sha256"] == hashlib.sha256(graph.read_bytes()).hexdigest()
    samples = manifest["regions"]["segmenter"]["probe"]["samples"]
    assert len(samples) == 64 and max(index for index, _ in samples) == LABELS * 16**3 - 1


def figures(gain: float) -> dict:
    """Figures of three phantoms at two doses, where a mask changes the error by `-gain`."""
    rows, dices = [], []
    for kind in ("torso", "ct-torso", "head"):
        for dose in (0.25, 0.05):
            context = {"item": f"pairs/{kind}", "kind": kind, "dose": dose}
            for mask in ("none", "found", "true"):
                better = gain if mask != "none" and kind != "head" else 0
                objection = "It does not fit." if mask == "found" and kind == "ct-torso" and dose < 0.1 else None
                rows.append({**context, "mask": mask, "objection": objection, "nrmse": 0.2 - better, "nrmse_truth": 0.1, "psnr": 30.0})
            dices.append({**context, "tissue": "liver", "voxels": 900, "found": 800, "dice": 0.75})
    real = [{"patient": f"STS_{n}", "objection": None, "labelled": share, "shares": {}} for n, share in enumerate((0.0, 0.01, 0.2))]
    return {"rows": rows, "dice": dices, "real": real}


def test_the_card_says_what_was_measured_and_is_written_once(tmp_path):
    good, bad = section(figures(0.01)), section(figures(-0.01))
    # Where the mask of the CT torso is dropped, it does not help.
    assert "-5.0 to -5.0 % on procedural torsos and -5.0 to +0.0 % on torsos from a real CT" in good
    assert all("never used unasked" in text for text in (good, bad)) and "+5.0 % on procedural torsos" in bad
    better = figures(0.01)
    better["rows"] = [{**row, "objection": None} for row in better["rows"]]
    assert "nearer to the standard dose at every dose" in section(better)
    assert "| 1/4 | 0.2000 | 0.1900 | 0.1900 | 0.1900 |" in good and "| 1/20 | 0.2000 | 0.1900 | 0.2000 | 0.1900 |" in good
    assert "| liver | 0.75 (n 1) | 0.75 (n 1) | 0.75 (n 1) | 0.75 (n 1) |" in good
    assert "procedural torsos: 0 of 2 dropped, 0 empty; torsos from a real CT: 1 of 2 dropped" in good
    assert "1.0 % of the body" in good and "20 % at most, more than 5 % in 1" in good
    card = tmp_path / "CARD.md"
    card.write_text("# pet-enhance 1.1.0\n\nWords.\n\n## Limits\n\n- Many.\n")
    for text in (bad, good):
        put_into_card(card, text, "1.2.0")
    assert card.read_text() == f"# pet-enhance 1.2.0\n\nWords.\n\n{good}\n## Limits\n\n- Many.\n"
