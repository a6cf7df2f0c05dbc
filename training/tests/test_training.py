"""The loop and its losses on a pair small enough for a test: switches, resuming, what each part punishes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from conditioning import DOSE, UNKNOWN
from losses import Weights, even_weight, lesion_weight, loss_of, roi_means, structural
from patches import PatchSampler
from pretrain import SelfSupervision, hide
from train import Recipe, Trainer, hide_conditions

RECIPE = Recipe(patch=16, batch=1, rate=1e-3, weights=Weights(lesions=4.0, means=0.05, structure=0.05))


def write_item(path, kind: str) -> None:
    """A warm block with a lesion, noisier at the lower of two doses."""
    rng = np.random.default_rng(1)
    clean = np.zeros((20, 24, 24), np.float32)
    clean[2:18, 3:21, 3:21] = 1
    lesions = np.zeros(clean.shape, np.uint8)
    lesions[8:11, 8:11, 8:11] = 1
    clean[lesions > 0] = 4
    noisy = lambda spread: (clean * rng.gamma(1 / spread**2, spread**2, clean.shape)).astype(np.float16)
    np.savez(path, standard=noisy(0.1), noise_free=clean, low=np.stack([noisy(0.2), noisy(0.5)]), kind=kind,
             doses=np.array([0.25, 0.05]), regions=(2 * (clean > 0)).astype(np.uint8), body=clean > 0, lesions=lesions)


@pytest.fixture
def folder(tmp_path):
    """One item."""
    write_item(tmp_path / "0000.npz", "torso")
    return tmp_path


def trainer(folder, recipe=RECIPE) -> Trainer:
    sampler = PatchSampler([folder], recipe.patch, recipe.seed)
    sampler.refresh()
    return Trainer(recipe, sampler, "cpu")


def test_kinds_count_alike_however_many_items_they_have(folder):
    for index in range(1, 8):
        write_item(folder / f"{index:04d}.npz", "torso" if index < 7 else "head")
    sampler = PatchSampler([folder], 16, 1)
    sampler.refresh()
    heads = sum(sampler.item()["kind"] == "head" for _ in range(300))
    assert 120 < heads < 180


def test_a_few_steps_bring_the_estimate_closer(folder):
    training = trainer(folder)
    ratios = [ours / untouched for ours, untouched in (training.advance(0.1) for _ in range(90))]
    assert np.mean(ratios[-20:]) < 0.9 * np.mean(ratios[:20])


def test_a_resumed_training_has_the_same_weights_and_goes_on(folder, tmp_path):
    first = trainer(folder)
    for _ in range(3):
        first.advance(0.1)
    first.save(tmp_path / "checkpoint.pt")
    second = trainer(folder)
    second.resume(tmp_path / "checkpoint.pt")
    assert second.step == 3
    for name, value in first.net.state_dict().items():
        torch.testing.assert_close(second.net.state_dict()[name], value)
    second.advance(0.5)


def test_the_result_can_keep_a_share_of_where_it_started(folder):
    training = trainer(folder)
    start = {name: value.clone() for name, value in training.net.state_dict().items()}
    training.advance(0.1)
    for share in (0.0, 0.4, 1.0):
        kept = training.kept(start, share)["decoder.leave.weight"]
        after, before = training.average["decoder.leave.weight"], start["decoder.leave.weight"]
        torch.testing.assert_close(kept, (1 - share) * after + share * before)
    assert (after != before).any()


def test_switches_hide_the_mask_and_the_dose(folder):
    regions = trainer(folder).sampler.batch(1)["regions"]
    regions[:, :UNKNOWN], regions[:, UNKNOWN], regions[:, DOSE] = 1, 0, 0.7
    hidden = hide_conditions(regions, replace(RECIPE, regions=False, dose=False))
    assert (hidden[:, :UNKNOWN] == 0).all() and (hidden[:, UNKNOWN] == 1).all() and (hidden[:, DOSE] == 0).all()
    torch.testing.assert_close(hide_conditions(regions, RECIPE), regions)


def test_the_mean_of_a_region_is_punished_and_noise_around_it_is_not():
    labels = torch.zeros(2, 1, 8, 8, 8, dtype=torch.int64)
    labels[:, :, 2:6, 2:6, 2:6] = 3
    reference = torch.ones(2, 1, 8, 8, 8)
    noise = torch.randn(reference.shape, generator=torch.Generator().manual_seed(1))
    inside = noise[labels == 3].view(2, -1)
    noise[labels == 3] = (inside - inside.mean(1, keepdim=True)).flatten()
    assert roi_means(noise, reference, labels) < 1e-12
    assert roi_means(0.13 * torch.ones_like(noise), reference, labels) == pytest.approx((0.13 / 1.3) ** 2, rel=1e-4)
    assert roi_means(noise, reference, torch.zeros_like(labels)) == 0


def test_lesions_and_their_rim_weigh_more():
    lesions = torch.zeros(1, 1, 9, 9, 9, dtype=torch.int64)
    lesions[..., 4, 4, 4] = 2
    weight = lesion_weight(lesions, 5.0)
    assert weight[..., 4, 4, 4] == 6 and weight[..., 3, 3, 3] == 6 and weight[..., 2, 4, 4] == 1


def test_structure_ignores_nothing_but_equality():
    image = torch.rand(1, 1, 24, 24, 24, generator=torch.Generator().manual_seed(2))
    assert structural(image, image) == pytest.approx(0, abs=1e-6)
    assert structural(image.flip(2), image) > structural(image + 0.01, image) > 0


def test_every_part_of_the_loss_adds_to_it(folder):
    batch = trainer(folder).sampler.batch(2)
    output = batch["low"]
    plain = loss_of(output, batch["clean"], batch, Weights())
    for part in ("lesions", "means", "structure"):
        assert loss_of(output, batch["clean"], batch, replace(Weights(), **{part: 1.0})) > plain


def test_evenness_lets_quiet_patches_count_and_leaves_each_patch_its_minimum(folder):
    noisy, quiet = torch.full((1, 1, 4, 4, 4), 0.5), torch.full((1, 1, 4, 4, 4), 0.005)
    weighted = torch.cat([noisy, quiet])
    assert torch.equal(even_weight(weighted, 0.0), torch.ones(2, 1, 1, 1, 1))
    half, whole = (even_weight(weighted, evenness).flatten() for evenness in (0.5, 1.0))
    assert half[1] / half[0] == pytest.approx((0.501 / 0.006) ** 0.5, rel=1e-4)
    assert whole[1] / whole[0] == pytest.approx(0.501 / 0.006, rel=1e-4)
    batch = trainer(folder).sampler.batch(2)
    assert loss_of(batch["clean"], batch["clean"], batch, Weights(evenness=1.0)) == 0


def test_self_supervision_hides_cubes_and_hands_over_encoder_and_decoder(folder):
    image = torch.rand(1, 1, 16, 16, 16, generator=torch.Generator().manual_seed(3))
    masked, hidden = hide(image, torch.Generator().manual_seed(4))
    assert 0.05 < hidden.mean() < 0.5
    torch.testing.assert_close(masked[hidden == 0], image[hidden == 0])
    assert (masked[hidden == 1] != image[hidden == 1]).any()
    stage, training = SelfSupervision("small", 1e-3, 1), trainer(folder)
    stage.advance(training.sampler, 1)
    start = stage.start()
    assert training.take_over(start) == len(start) > 60
    torch.testing.assert_close(training.net.state_dict()["decoder.leave.bias"],
                               stage.nets["standard"].state_dict()["decoder.leave.bias"])
