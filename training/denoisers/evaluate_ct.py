"""Measure ct-generate: likeness, diversity, class, memorisation, int8 against float32.

    python evaluate_ct.py --data ../../../shared/data --model DIR --features FEATURES.pt --out DIR

Writes `evaluation.json` and `samples.npz`. Samples are compared with drawn training slices, which is what the network
was shown, and with plain slices of patients that it was not trained on. "Drawn" means bent, turned and tilted at random.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ct import CLASSES, companded  # noqa: E402
from ct_features import Judge  # noqa: E402
from ct_sampling import Sampler  # noqa: E402
from ct_slices import MIRRORED, Training, plain_slices  # noqa: E402
from ct_volumes import load  # noqa: E402
from likeness import frechet, nearest, precision_recall, within  # noqa: E402
from train_ct import GUIDANCE, SAMPLING_STEPS  # noqa: E402

SPAN = 2.0  # of the companded scale
PAIRS = 200  # of images in each class, for diversity
BANK = 3000  # drawn training slices among which, beside the plain ones, a sample's nearest is looked for
OTHER_GUIDANCE = (1.0, 2.5)


class Reference:
    """What samples are compared with."""

    def __init__(self, data: Path, judge: Judge, count: int):
        volumes = load(data)
        kept, held = ([source for source in volumes if source.held_out == out] for out in (False, True))
        self.judge = judge
        # Class after class, as the samples come.
        order = lambda drawn: tuple(part[np.argsort(drawn[1], kind="stable")] for part in drawn)
        self.drawn = order(Training(volumes, 101).images(count * len(CLASSES)))
        self.again = order(Training(volumes, 102).images(count * len(CLASSES)))
        plain, regions, _ = plain_slices(kept, 3.0)
        mirrored = np.isin(regions, [CLASSES.index(name) for name in MIRRORED])
        bank, bank_regions = Training(volumes, 103).images(BANK)
        self.bank = np.concatenate([plain, plain[mirrored][:, :, ::-1], bank])
        self.bank_regions = np.concatenate([regions, regions[mirrored], bank_regions])
        self.held = plain_slices(held, 6.0)[:2]
        self.real_features = judge.scale(self.drawn[0])
        self.spaces = {"features": judge.features, "pixels": pixels}
        self.banks = {name: space(self.bank) for name, space in self.spaces.items()}

    def memory(self, images: np.ndarray, regions: np.ndarray) -> dict:
        """Distances to the nearest training slice, in both spaces: median, fifth percentile, and those of each class."""
        result = {}
        for name, space in self.spaces.items():
            apart, _ = nearest(space(images), self.banks[name])
            classes = {CLASSES[r]: float(np.median(apart[regions == r])) for r in np.unique(regions)}
            result[name] = {"median": float(np.median(apart)), "fifth": float(np.percentile(apart, 5)), "classes": classes}
        return result

    def copied(self, images: np.ndarray) -> dict:
        """The share of images that lie nearer to a training slice than all but 5 % of the held-out slices do."""
        shares = {}
        for name, space in self.spaces.items():
            limit = np.percentile(nearest(space(self.held[0]), self.banks[name])[0], 5)
            shares[name] = float((nearest(space(images), self.banks[name])[0] < limit).mean())
        return shares

    def likeness(self, images: np.ndarray, regions: np.ndarray) -> dict:
        """Frechet distance, precision, recall and class accuracy against drawn training slices."""
        features = self.judge.features(images)
        precision, recall = precision_recall(self.real_features, features)
        named = self.judge.regions(images)
        classes = {CLASSES[r]: float((named[regions == r] == r).mean()) for r in np.unique(regions)}
        return {"frechet": frechet(self.real_features, features), "precision": precision, "recall": recall,
                "accuracy": float((named == regions).mean()), "classes": classes, "count": len(images)}


def pixels(images: np.ndarray) -> np.ndarray:
    """Rows whose Euclidean distance is the root mean square difference on the companded scale."""
    return companded(images).reshape(len(images), -1) / images[0].size ** 0.5


def diversity(images: np.ndarray, regions: np.ndarray) -> dict[str, float]:
    """Mean MS-SSIM of pairs within each class."""
    return {name: within(companded(images[regions == r]), SPAN, PAIRS, r) for r, name in enumerate(CLASSES)
            if (regions == r).sum() > 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder that export_ct.py wrote")
    parser.add_argument("--features", type=Path, required=True, help="what ct_features.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="samples of each class")
    parser.add_argument("--few", type=int, default=30, help="samples of each class for float32 and for other guidance")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    judge = Judge(given.features)
    reference = Reference(given.data, judge, given.count)
    samples, regions = Sampler(given.model, "denoiser.onnx", SAMPLING_STEPS, GUIDANCE).many(given.count)
    few = np.concatenate([np.flatnonzero(regions == r)[: given.few] for r in range(len(CLASSES))])
    exact, _ = Sampler(given.model, "float32.onnx", SAMPLING_STEPS, GUIDANCE).many(given.few)
    guided = {str(GUIDANCE): reference.likeness(samples[few], regions[few])}
    for scale in OTHER_GUIDANCE:
        images, _ = Sampler(given.model, "denoiser.onnx", SAMPLING_STEPS, scale).many(given.few)
        guided[str(scale)] = reference.likeness(images, regions[few])
    held, held_regions = reference.held
    difference = np.abs(samples[few] - exact)
    errors = companded(samples[few]) - companded(exact)
    result = {
        "steps": SAMPLING_STEPS, "guidance": GUIDANCE,
        "int8": reference.likeness(samples, regions), "again": reference.likeness(*reference.again),
        "held_out": reference.likeness(held, held_regions),
        "guided": dict(sorted(guided.items())), "float32": reference.likeness(exact, regions[few]),
        "int8_few": reference.likeness(samples[few], regions[few]),
        "int8_difference": {"mean_hu": float(difference.mean()), "psnr_db": float(-10 * np.log10((errors**2).mean() / SPAN**2))},
        "diversity": {"samples": diversity(samples, regions), "drawn": diversity(*reference.drawn),
                      "held_out": diversity(held, held_regions)},
        "memory": {"samples": reference.memory(samples, regions), "drawn": reference.memory(*reference.again),
                   "held_out": reference.memory(held, held_regions)},
        "copied": {"samples": reference.copied(samples), "drawn": reference.copied(reference.again[0])},
    }
    (given.out / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    _, at = nearest(pixels(samples), reference.banks["pixels"])
    np.savez_compressed(given.out / "samples.npz", samples=samples.astype(np.float32), regions=regions,
                        nearest=reference.bank[at].astype(np.float32))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
