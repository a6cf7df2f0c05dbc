"""Darkroom, ONNX Runtime's WebGPU kernels and PyTorch natively on one GPU: `cargo xtask bench gpu`.

    python measure.py DARKROOM MODELS OUT [--rounds N] [--allow-software] [NAME...]

DARKROOM is the command line, MODELS a folder that bench/peers/models.py made. The engines run in turn, every output is
checked against PyTorch's on the CPU, and medians go to OUT/gpu.md and OUT/gpu.json. Where there is no GPU nothing is
measured, unless --allow-software is given: then the figures are only printed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "peers"))
import models as peers  # noqa: E402

# Runs of an engine in each round; the first of a round is not counted.
RUNS = 4
# An engine whose relative error is larger computes something else.
WRONG = 1e-2


class Case:
    """One model with its inputs and PyTorch's outputs."""

    def __init__(self, folder: Path):
        described = json.loads((folder / "case.json").read_text())
        self.name, self.title, self.model = folder.name, described["title"], folder / "model.onnx"
        self.inputs = {tensor["name"]: self.read(folder, tensor) for tensor in described["inputs"]}
        self.outputs = {tensor["name"]: self.read(folder, tensor) for tensor in described["outputs"]}

    @staticmethod
    def read(folder: Path, tensor: dict) -> np.ndarray:
        return np.fromfile(folder / tensor["file"], tensor["type"]).reshape(tensor["dims"])

    def error(self, outputs: dict[str, np.ndarray]) -> float:
        """The largest difference from PyTorch's numbers, relative to the largest of them."""
        errors = [np.abs(outputs[name] - wanted).max() / np.abs(wanted).max() for name, wanted in self.outputs.items()]
        return float(max(errors)) if np.isfinite(errors).all() else float("inf")


class Darkroom:
    """`darkroom infer`, whose clocks leave out reading files."""

    title = "Darkroom"

    def __init__(self, program: Path, case: Case, folder: Path):
        self.command, self.case, self.folder = [str(program), "infer", str(case.model), "--json"], case, folder
        for name, values in case.inputs.items():
            np.save(folder / f"in-{name}.npy", values.astype(np.float32))
            self.command += ["--input", f"{name}={folder / f'in-{name}.npy'}"]

    def run(self, runs: int) -> tuple[list[float], dict[str, np.ndarray]]:
        wanted = [f"--output={name}={self.folder / f'out-{name}.npy'}" for name in self.case.outputs]
        done = subprocess.run([*self.command, *wanted, "--runs", str(runs)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        self.seconds = json.loads(done.stdout)["seconds"]
        outputs = {name: np.load(self.folder / f"out-{name}.npy") for name in self.case.outputs}
        return self.seconds["runs"], outputs


class OnnxRuntime:
    """The package's WebGPU kernels, or its default ones where it has none."""

    def __init__(self, case: Case):
        import onnxruntime

        wanted = "WebGpuExecutionProvider"
        provider = wanted if wanted in onnxruntime.get_available_providers() else "CPUExecutionProvider"
        self.title = f"ONNX Runtime {onnxruntime.__version__}, {provider.removesuffix('ExecutionProvider')}"
        self.session = onnxruntime.InferenceSession(case.model, providers=[provider])
        self.inputs, self.names = case.inputs, [output.name for output in self.session.get_outputs()]

    def run(self, runs: int) -> tuple[list[float], dict[str, np.ndarray]]:
        return timed(runs, lambda: dict(zip(self.names, self.session.run(self.names, self.inputs))))


class PyTorch:
    """Eager PyTorch, on CUDA where it has it; results are copied back, as the others do."""

    def __init__(self, case: Case):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.title = f"PyTorch {torch.__version__}, {self.device}"
        torch.manual_seed(peers.SEED)
        self.net = peers.MODELS[case.name].make().eval()
        peers.wake(self.net)
        self.net.to(self.device)
        self.inputs, self.names = [torch.from_numpy(values) for values in case.inputs.values()], list(case.outputs)

    def run(self, runs: int) -> tuple[list[float], dict[str, np.ndarray]]:
        def once() -> dict[str, np.ndarray]:
            return {self.names[0]: self.net(*(values.to(self.device) for values in self.inputs)).cpu().numpy()}

        return timed(runs, once)


def timed(runs: int, once) -> tuple[list[float], dict[str, np.ndarray]]:
    """The seconds of each run, and the last one's outputs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        outputs = once()
        seconds.append(time.perf_counter() - start)
    return seconds, outputs


def measure(case: Case, program: Path, rounds: int) -> dict:
    """Every engine's figures for one model."""
    with tempfile.TemporaryDirectory() as folder:
        makers = {"darkroom": lambda: Darkroom(program, case, Path(folder)), "onnxruntime": lambda: OnnxRuntime(case),
                  "pytorch": lambda: PyTorch(case)}
        engines, figures = {}, {name: {"ms": [], "error": None, "note": None, "title": name} for name in makers}
        for round_ in range(rounds):
            for name, make in makers.items():
                figure = figures[name]
                if figure["note"]:
                    continue
                try:
                    engine = engines.setdefault(name, None) or make()
                    engines[name] = engine
                    seconds, outputs = engine.run(RUNS)
                    figure["error"], figure["title"] = case.error(outputs), engine.title
                    if figure["error"] > WRONG:
                        raise RuntimeError(f"wrong by {figure['error']:.1e}")
                    figure["ms"] += [round(1e3 * second, 3) for second in seconds[1:]]
                except Exception as error:  # an engine that fails is a row of the table
                    figure["note"] = str(error).splitlines()[0]
            print(f"{case.name}: round {round_ + 1} of {rounds}", file=sys.stderr)
    return {"title": case.title, "adapter": engines["darkroom"].seconds["adapter"], "measured": str(date.today()),
            "engines": figures}


def table(figures: dict[str, dict]) -> str:
    """The document."""
    lines = ["# Darkroom natively, beside ONNX Runtime's WebGPU kernels and PyTorch", "",
             "Made by `cargo xtask bench gpu`: medians of later runs in milliseconds, results read back; gpu.json has each.",
             "", "| | adapter | engine | ms | error | time over Darkroom's |", "|---|---|---|---:|---:|---:|"]
    for model in figures.values():
        own = model["engines"]["darkroom"]["ms"]
        for engine in model["engines"].values():
            ms = statistics.median(engine["ms"]) if engine["ms"] else None
            cells = [f"{ms:.2f}", f"{engine['error']:.1e}", f"{ms / statistics.median(own):.2f}" if own else "-"] \
                if ms else [engine["note"] or "-", "-", "-"]
            lines.append("| " + " | ".join([model["title"], model["adapter"], engine["title"], *cells]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("darkroom", "models", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--allow-software", action="store_true")
    options = parser.parse_intermixed_args()
    torch.set_grad_enabled(False)
    cases = [Case(options.models / name) for name in options.names or peers.MODELS]
    with tempfile.TemporaryDirectory() as folder:
        first = Darkroom(options.darkroom, cases[0], Path(folder))
        try:
            first.run(1)
        except RuntimeError as error:
            raise SystemExit(f"Nothing was measured: {error}") from error
    backend, adapter = first.seconds["backend"], first.seconds["adapter"]
    if backend != "gpu" and not options.allow_software:
        print(f"Nothing was measured: {adapter} is no GPU but software, so the row in docs/performance stays open.")
        return
    figures = {case.name: measure(case, options.darkroom, options.rounds) for case in cases}
    print(table(figures))
    if backend == "gpu":
        (options.out / "gpu.md").write_text(table(figures))
        (options.out / "gpu.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
