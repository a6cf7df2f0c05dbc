"""What images are judged by: NRMSE, PSNR, SSIM, regions' and lesions' values, lesions lost and invented.

Images are (z, y, x) in SUV. NRMSE = rms(error) / rms(reference) and PSNR, whose peak is the
reference's maximum, are taken inside the body.
"""

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter, label, maximum_filter

from phantoms import REGION_LABEL

SSIM_SIGMA = 1.5  # voxels
BLOB_MM, SURROUND_MM = 3.0, 8.0  # standard deviations of the two Gaussians that a lesion is detected with
SHOWS, HIDDEN = 0.30, 0.15  # contrast from which a lesion shows, and below which there is none
MARGIN_MM = 8.0  # nearest that a detection may lie to the body's edge
FAINT = 0.25  # of the body's mean: where the surroundings hold less, nothing is detected


def nrmse(test, reference, body) -> float:
    return float(np.sqrt(np.mean((test - reference)[body] ** 2) / np.mean(reference[body] ** 2)))


def psnr(test, reference, body) -> float:
    return float(20 * np.log10(reference[body].max() / np.sqrt(np.mean((test - reference)[body] ** 2))))


def ssim(test, reference, body) -> float:
    """Mean structural similarity (Wang et al. 2004) inside the body: Gaussian windows, K1 0.01, K2 0.03.

    The dynamic range is the 99.9th percentile of the reference inside the body, since a single hot
    voxel would make every other structure negligible.
    """
    peak = float(np.percentile(reference[body], 99.9))
    test, reference = (np.asarray(image, np.float32) / np.float32(peak) for image in (test, reference))
    blur = lambda image: gaussian_filter(image, SSIM_SIGMA, truncate=3.5)
    mean_t, mean_r = blur(test), blur(reference)
    var_t, var_r = blur(test**2) - mean_t**2, blur(reference**2) - mean_r**2
    covariance = blur(test * reference) - mean_t * mean_r
    c1, c2 = 0.01**2, 0.03**2
    similarity = (2 * mean_t * mean_r + c1) * (2 * covariance + c2) / ((mean_t**2 + mean_r**2 + c1) * (var_t + var_r + c2))
    return float(similarity[body].mean())


def region_errors(result, reference, regions) -> dict[str, float]:
    """Bias of each region's mean in per cent, keyed by the region's name."""
    bias = {}
    for name, code in REGION_LABEL.items():
        inside = regions == code
        if inside.sum() >= 100:
            bias[name] = 100 * float(result[inside].mean() / reference[inside].mean() - 1)
    return bias


class Detector:
    """Finds lesions in images of one item: those that the standard dose shows, those lost, those invented.

    Contrast is the relative height of a blob over its surroundings, (G3 - G8) / G8 with Gaussians of 3 and
    8 mm, 0 near the body's edge and in faint surroundings. A lesion shows where the contrast reaches
    SHOWS inside it. It is lost if it shows in the standard-dose image and the result's contrast in it stays
    below HIDDEN. A blob is invented if the result's contrast has a local maximum of SHOWS or more outside
    lesions where, within 8 mm, neither the standard-dose nor the noise-free image reaches HIDDEN. The two
    thresholds keep what barely shows from counting as lost or invented by chance.

    Where nobody drew the lesions, each local maximum of SHOWS or more in the standard-dose image is one, with
    8 mm around it; without a noise-free image the standard dose alone says what is known.
    """

    def __init__(self, item: dict):
        self.voxel_mm, lesions, body = np.array(item["voxel_mm"]), item.get("lesions"), item["body"]
        depth = max(1, round(MARGIN_MM / self.voxel_mm[2]))
        self.body = body
        self.inner = np.stack([binary_erosion(section, iterations=depth) for section in body])
        self.reach = tuple(2 * round(8 / d) + 1 for d in self.voxel_mm)
        standard = self.contrast(item["standard"])
        self.known = self.around(standard) >= HIDDEN
        if item.get("noise_free") is not None:
            self.known |= self.around(self.contrast(item["noise_free"])) >= HIDDEN
        if lesions is None:
            numbered, count = label(self.peaks(standard))
            self.near_lesion = np.zeros(body.shape, bool)
            self.shown = [self.around((numbered == code).astype(np.uint8)) > 0 for code in range(1, count + 1)]
        else:
            self.near_lesion = self.around(lesions) > 0
            places = (lesions == code for code in range(1, int(lesions.max()) + 1))
            self.shown = [place for place in places if (standard[place] >= SHOWS).any()]

    def around(self, image) -> np.ndarray:
        """The largest value within 8 mm of each voxel."""
        return maximum_filter(image, self.reach)

    def peaks(self, contrast) -> np.ndarray:
        """Local maxima from which a blob shows."""
        return (contrast >= SHOWS) & (contrast == self.around(contrast))

    def contrast(self, image) -> np.ndarray:
        blob, surround = (gaussian_filter(np.asarray(image, np.float32), sigma / self.voxel_mm, truncate=3)
                          for sigma in (BLOB_MM, SURROUND_MM))
        allowed = self.inner & (surround > FAINT * image[self.body].mean())
        return np.where(allowed, (blob - surround) / np.maximum(surround, 1e-6), 0)

    def counts(self, result) -> dict[str, int]:
        """How many lesions show in the standard dose, how many of them are lost, how many are invented."""
        ours = self.contrast(result)
        return {"shown": len(self.shown),
                "lost": sum(bool(ours[place].max() < HIDDEN) for place in self.shown),
                "invented": int(label(self.peaks(ours) & ~self.near_lesion & ~self.known)[1])}


def lesion_errors(result, item) -> list[dict]:
    """Bias of SUVmean and SUVmax in per cent, and diameter in mm, for each lesion of at least four voxels.

    The standard dose's SUVmax is itself raised by noise, so the noise-free image's is a reference too.
    The diameter is that of a sphere of the lesion's volume.
    """
    rows, voxel = [], float(np.prod(item["voxel_mm"]))
    for code in range(1, int(item["lesions"].max()) + 1):
        inside = item["lesions"] == code
        standard, clean = item["standard"][inside], item["noise_free"][inside]
        if inside.sum() >= 4 and standard.mean() > 0:  # beyond the field of view there is nothing to compare
            rows.append({"suv_mean": 100 * float(result[inside].mean() / standard.mean() - 1),
                         "suv_mean_truth": 100 * float(result[inside].mean() / clean.mean() - 1),
                         "suv_max": 100 * float(result[inside].max() / standard.max() - 1),
                         "suv_max_truth": 100 * float(result[inside].max() / clean.max() - 1),
                         "diameter_mm": float((6 * inside.sum() * voxel / np.pi) ** (1 / 3))})
    return rows
