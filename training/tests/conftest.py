"""Lets the tests import the folder's modules and those of `denoisers/`, and keeps PyTorch to one thread."""

import sys
from pathlib import Path

import torch

FOLDER = Path(__file__).parent.parent
sys.path[:0] = [str(FOLDER), str(FOLDER / "denoisers")]
torch.set_num_threads(1)
