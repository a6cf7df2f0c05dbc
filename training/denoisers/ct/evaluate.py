"""Measure ct-generate: likeness, diversity, class, memorisation, int8 against float32.

    python -m denoisers.ct.evaluate --data ../../shared/data --model DIR --features FEATURES.pt --out DIR

Writes `evaluation.json` and `samples.npz`. Samples are compared with drawn training slices, which is what the network
was shown, and with drawn slices of patients that it was not trained on. "Drawn" means bent, turned and tilted at random.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from denoisers.ct.features import Judge
from denoisers.ct.model import CLASSES, companded
from denoisers.ct.sampling import Sampler
from denoisers.ct.slices import MIRRORED, Drawn, plain_slices
from denoisers.ct.train import GUIDANCE, SAMPLING_STEPS
from denoisers.ct.volumes import load
from denoisers.likeness import frechet, nearest, precision_recall, within

SPAN = 2.0  # of the companded scale
PAIRS = 200  # of images in each class, for diversity
BANK = 3000  # drawn training slices among which, beside the plain ones, a sample's nearest is looked for
OTHER_GUIDANCE = (1.5, 2.5)


class Reference:
    """What samples are compared with."""

    def __init__(self, data: Path, judge: Judge, count: int):
        volumes = load(data)
        self.judge = judge
        drawn = lambda number, seed, held_out=False: by_class(*Drawn(volumes, seed, held_out).images(number))
        self.drawn, self.again = drawn(count * len(CLASSES), 101), drawn(count * len(CLASSES), 102)
        self.held = drawn(count * len(CLASSES), 103, held_out=True)
        plain, regions, _ = plain_slices([source for source in volumes if not source.held_out], 3.0)
        mirrored = np.isin(regions, [CLASSES.index(name) for name in MIRRORED])
        self.bank = np.concatenate([plain, plain[mirrored][:, :, ::-1], drawn(BANK, 104)[0]])
        self.real_features = judge.scale(self.drawn[0])
        self.spaces = {"features": judge.features, "pixels": pixels}
        self.banks = {name: space(self.bank) for name, space in self.spaces.items()}

    def memory(self, images: np.ndarray, regions: np.ndarray) -> dict:
        """For each class, in both spaces: the median distance to the nearest training slice, and the share of images
        that lie nearer to one than 95 % of the class's held-out slices do, where there are any."""
        result = {}
        for name, space in self.spaces.items():
            (apart, _), (limit, _) = (nearest(space(part), self.banks[name]) for part in (images, self.held[0]))
            result[name] = {}
            for region in np.unique(regions):
                own, held = apart[regions == region], limit[self.held[1] == region]
                share = float((own < np.percentile(held, 5)).mean()) if len(held) else None
                result[name][CLASSES[region]] = {"median": float(np.median(own)), "nearer": share}
        return result

    def likeness(self, images: np.ndarray, regions: np.ndarray) -> dict:
        """Frechet distance, precision, recall and class accuracy against drawn training slices."""
        features = self.judge.features(images)
        precision, recall = precision_recall(self.real_features, features)
        named = self.judge.regions(images)
        classes = {CLASSES[r]: float((named[regions == r] == r).mean()) for r in np.unique(regions)}
        return {"frechet": frechet(self.real_features, features), "precision": precision, "recall": recall,
                "accuracy": float((named == regions).mean()), "classes": classes, "count": len(images)}


def by_class(images: np.ndarray, regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same, class after class, as samples come."""
    order = np.argsort(regions, kind="stable")
    return images[order], regions[order]


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
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--features", type=Path, required=True, help="what features.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=60, help="samples of each class")
    parser.add_argument("--few", type=int, default=15, help="samples of each class for float32 and for other guidance")
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
    difference = np.abs(samples[few] - exact)
    errors = companded(samples[few]) - companded(exact)
    result = {
        "steps": SAMPLING_STEPS, "guidance": GUIDANCE,
        "int8": reference.likeness(samples, regions), "again": reference.likeness(*reference.again),
        "held_out": reference.likeness(*reference.held),
        "guided": dict(sorted(guided.items())), "float32": reference.likeness(exact, regions[few]),
        "int8_few": reference.likeness(samples[few], regions[few]),
        "int8_difference": {"mean_hu": float(difference.mean()), "psnr_db": float(-10 * np.log10((errors**2).mean() / SPAN**2))},
        "diversity": {"samples": diversity(samples, regions), "drawn": diversity(*reference.drawn),
                      "held_out": diversity(*reference.held)},
        "memory": {"samples": reference.memory(samples, regions), "drawn": reference.memory(*reference.again),
                   "held_out": reference.memory(*reference.held)},
    }
    (given.out / "evaluation.json").write_text(json.dumps(result, indent=1) + "\n")
    _, at = nearest(pixels(samples), reference.banks["pixels"])
    np.savez_compressed(given.out / "samples.npz", samples=samples.astype(np.float32), regions=regions,
                        nearest=reference.bank[at].astype(np.float32))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
