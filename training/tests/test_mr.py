"""mr-translate: its preconditioning against the exact posterior, its synthetic contrasts, its patients."""

import numpy as np
import pytest
import torch

from denoisers.diffusion import levels
from denoisers.mr.data import PATIENTS
from denoisers.mr.model import (CONDITION, CONTRASTS, UNIT, Decode, Encode, Guess, ImageEncode, Translator, guess_loss,
                                translator_loss)
from denoisers.mr.synthetic import FLUID, GREY, TISSUES, WHITE, contrasts


@pytest.mark.parametrize("contrast", range(len(CONTRASTS)))
@pytest.mark.parametrize("time", [0, 124, 500, 999])
def test_untrained_denoiser_is_the_posterior_mean_of_guess_and_white_noise(contrast, time):
    generator = torch.Generator().manual_seed(1)
    condition = torch.rand(1, CONDITION, 16, 16, generator=generator) + 0.02
    x, when = 3 * torch.randn(1, 1, 16, 16, generator=generator), torch.tensor([float(time)])
    translator = Translator().eval()
    torch.nn.init.zeros_(translator.network.leave[-1].bias)
    v = translator(x, when, condition, torch.tensor([contrast]))
    a, s = (table[time].double() for table in levels())
    mean, deviation = (condition[:, [start + contrast]].double() / UNIT for start in (1, 1 + len(CONTRASTS)))
    posterior = mean + a * deviation**2 / (a**2 * deviation**2 + s**2) * (x - a * mean)
    torch.testing.assert_close(a * x - s * v.double(), posterior, rtol=1e-4, atol=1e-3)


def test_widening_touches_the_deviations_only():
    guess, slices = Guess().eval(), torch.rand(1, 3, 16, 16)
    plain, wide = Encode(guess)(slices), Encode(guess, (2.0, 3.0))(slices)
    torch.testing.assert_close(wide[:, :3], plain[:, :3])
    torch.testing.assert_close(wide[:, 3:], plain[:, 3:] * torch.tensor([2.0, 3.0])[None, :, None, None])


def test_likelihood_is_best_where_the_deviation_is_the_error():
    clean = 0.2 / UNIT * torch.ones(1, 2, 8, 8)
    values = {spread: guess_loss(lambda _: torch.cat([torch.zeros(1, 2, 8, 8), torch.full((1, 2, 8, 8), spread).log()], 1),
                                 clean, None, None).item() for spread in (0.1, 0.2, 0.4)}
    assert min(values, key=values.get) == 0.2


def test_fluid_is_dark_in_t1_and_flair_and_bright_in_t2():
    tissues = np.array([next(values for group, values in TISSUES.items() if WHITE[0] in group), GREY, FLUID])
    for seed in range(20):
        t1, t2, flair = contrasts(*tissues.T, np.random.default_rng(seed))
        assert t1[0] > t1[1] > t1[2] and t2[2] > t2[1] > t2[0] and flair[2] < 0.5 * flair[0]


def test_no_patient_is_in_two_splits():
    names = [name for split in PATIENTS.values() for name in split]
    assert len(names) == len(set(names)) == 5


def test_translator_loss_of_white_residuals_is_one():
    generator = torch.Generator().manual_seed(2)
    translator, condition = Translator().eval(), torch.rand(8, CONDITION, 32, 32, generator=generator) + 0.02
    torch.nn.init.zeros_(translator.network.leave[-1].bias)
    label = torch.arange(8) % len(CONTRASTS)
    guess, deviation = translator.expected(condition, label)
    clean = guess + deviation * torch.randn(guess.shape, generator=generator)
    value = translator_loss(translator, clean, generator, condition=condition, label=label)
    assert value.item() == pytest.approx(1, abs=0.05)


def test_the_image_encoder_undoes_the_decoder():
    image = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(Decode()(ImageEncode()(image)), image, atol=1e-6)
