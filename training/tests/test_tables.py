"""Tables and card from made-up rows: the means they print, and that nothing they need is missing."""

import json

import pytest

import card
import tables

METHODS = {"untouched": 0.4, "gaussian": 0.2, "bm4d": 0.16, "int8": 0.12, "ideal": 0.1}
DOSES = (0.25, 0.05)


def rows() -> list[dict]:
    """Two phantoms; BM4D in the block of the first only. The second phantom's errors are twice the first's."""
    result = []
    for number, item in enumerate(("pairs/0000", "pairs/0001"), 1):
        for dose in DOSES:
            for name, error in METHODS.items():
                values = {"nrmse": number * error, "nrmse_truth": number * error / 2, "psnr": 30 - 10 * error,
                          "psnr_truth": 32 - 10 * error, "ssim": 1 - error, "ssim_truth": 1 - error}
                block = {f"block_{key}": value for key, value in values.items()}
                counts = {"shown": 3, "lost": 1, "invented": 2}
                common = {"item": item, "kind": "torso", "dose": dose, "method": name}
                if name != "bm4d":
                    result.append({**common, **values, **block, **counts})
                elif number == 1:
                    result.append({**common, **block})
    return result


@pytest.fixture
def everything(tmp_path) -> dict:
    biases = [{**{key: row[key] for key in ("item", "kind", "dose", "method")}, "region": "liver", "bias": -2.0,
               "suv_mean": -4.0, "suv_max": -8.0, "suv_max_truth": 1.0, "diameter_mm": 12.0}
              for row in rows() if row["method"] != "bm4d"]
    float32 = [{**row, "method": "float32", "psnr": row["psnr"] + 0.01} for row in rows() if row["method"] == "int8"]
    real = [{"patient": "a", "dose": None, "noise": 0.2, "noise_after": 0.1, "suv_mean": 1.0, "suv_max": -3.0}]
    real += [{"patient": "a", "dose": dose, "method": name, "nrmse": 0.2, "nrmse_truth": 0.1, "suv_mean": -1.0}
             for dose in DOSES for name in ("untouched", "gaussian", "network")]
    variant = {"name": "baseline", "psnr": 30.0, "ssim": 0.9, "nrmse": 0.2, "nrmse_truth": 0.1, "lesion_bias": -5.0,
               "shown": 3, "lost": 1, "invented": 0, "dice": None, "psnr_each": [29.0, 31.0]}
    better = {**variant, "name": "better", "psnr": 31.0, "psnr_each": [30.1, 31.9]}
    named = lambda source, name: [{**row, "method": name} for row in source if row["method"] == "int8"]
    recovery = {card.RECOVERED[0]: {"rows": named(rows(), card.RECOVERED[0]), "regions": [], "lesions": named(biases, card.RECOVERED[0])}}
    files = {
        **recovery,
        "baselines": {"tuned": {"gaussian": [[0.25, 6.0]], "bm4d": [[0.25, 2.0]]}, "rows": rows(), "regions": biases,
                      "lesions": biases, "dose_estimate": {"intercept": 4.0, "slope": 0.8, "error_log2": 0.5}},
        "float32": {"rows": float32, "regions": [], "lesions": []}, "real": {"real": real},
        "ablation": {"ablation": {"steps": 5, "pretraining": 2, "patch": 24, "batch": 2, "items": 1, "doses": [0.1],
                                  "variants": [variant, better], "masks": [{**variant, "dice": 0.87}, variant]}},
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    return tables.merged([tmp_path / f"{name}.json" for name in files])


def test_a_measure_is_averaged_over_the_phantoms_that_all_methods_have():
    lines = tables.measure_table(rows(), "nrmse", 2).splitlines()
    assert lines[0] == "| dose | untouched | Gaussian | int8 | ideal |"
    assert lines[2] == "| 1/4 | 0.60 | 0.30 | 0.18 | 0.15 |"
    block = tables.measure_table(rows(), "block_nrmse", 2).splitlines()
    assert block[2] == "| 1/4 | 0.40 | 0.20 | 0.16 | 0.12 | 0.10 |"


def test_the_bar_is_the_best_classical_method():
    line = tables.bar_table(rows(), "int8", "block_").splitlines()[2]
    assert line == "| 1/4 | BM4D | 0.75 | 0.62 | +0.40 | +0.040 | 0.75 | +0.40 |"


def test_lesions_are_averaged_and_counted(everything):
    lines = tables.lesion_table(everything).splitlines()
    assert "| 1/4 | int8 | 2 | -4.0 | 4.0 | -8.0 | +1.0 | 6 | 2 | 4 |" in lines
    assert not any("ideal" in line for line in lines)


def test_a_card_says_what_was_measured(everything):
    trained = {"widths": (32, 64), "steps": 17_000, "seconds": 4560.0, "device": "one CPU core"}
    stored = lambda psnr: [{"pair": "a", "dose": 0.25, "method": "model", "standard": {"psnr_db": psnr}}]
    text = card.text({**everything, "storage": [stored(30.0), stored(30.002)]}, "9.9.9", trained, 1234)
    for part in ("# pet-enhance 9.9.9", "1234 bytes", "lose 4 % of their SUVmean", "0.010 dB (2 phantoms)", "noise -50 %",
                 "| baseline | 0.870 |", "| better | 31.00 | +1.000 ± 0.100 |", "17000 steps (76 minutes of one CPU core)", "| 1/4 | 0.1800, 0.1800 | -4.0, -4.0 | 2, 2 | 4, 4 |",
                 "Gaussian, series 1, mm: 6 at 1/4", "at most 0.0020 dB", "0.50 doublings"):
        assert part in text, part
    assert "| 1/4 | Gaussian | 0.60 | 0.50 | +0.80 | +0.080 | 0.60 | +0.80 |" in text
    assert "NRMSE against the standard dose:" in card.figures(everything, "9.9.9")


def test_the_last_series_comes_first():
    named = lambda folder: [{**row, "item": row["item"].replace("pairs", folder)} for row in rows()]
    both = {"rows": named("old") + named("new"), "regions": [], "lesions": []}
    assert {row["item"] for row in card.headline(both)["rows"]} == {"new/0000", "new/0001"}
    both["lesions"] = [{**row, "diameter_mm": 9.0, "suv_mean": 0.0, "suv_max": 0.0, "suv_max_truth": 0.0}
                       for row in both["rows"] if row["method"] == "int8"]
    summed_up = tables.summary(both)
    assert summed_up.index("### Series 2") < summed_up.index("### Series 1")
