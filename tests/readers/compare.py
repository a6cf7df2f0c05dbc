"""Reads what Darkroom wrote with readers that others wrote, and compares.

    compare.py nifti IMAGE.nii.gz VALUES DESCRIPTION UNIT A00 A01 ... A23
    compare.py dicom FOLDER VALUES

VALUES holds little-endian float32 numbers, i fastest: what the image must be, voxel by voxel. For DICOM they are what
slope and intercept make of the stored numbers, slices in the order of their file names; where dcmtk's dcmdump is
installed, it must extract the same stored numbers. Exits with 77 where a reader is missing.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import nibabel
    import numpy as np
    import pydicom
except ImportError:
    sys.exit(77)


def nifti(image, values, description, unit, *affine):
    read = nibabel.load(image)
    wanted = np.fromfile(values, "<f4")
    found = np.asanyarray(read.dataobj)
    assert found.dtype == np.float32, found.dtype
    assert found.flatten("F").tobytes() == wanted.tobytes(), "values differ"
    grid = np.array([float(number) for number in affine]).reshape(3, 4)
    for name in ("sform", "qform"):
        form, code = getattr(read, f"get_{name}")(coded=True)
        assert code == 1, f"{name} has the code {code}"
        assert np.allclose(form[:3], grid, rtol=0, atol=2e-5 * np.abs(grid).max()), f"{name}: {form}"
    assert (read.affine[:3] == grid.astype(np.float32)).all(), "the sform is not the grid, bit for bit"
    header = read.header
    assert header.get_xyzt_units() == ("mm", "sec"), header.get_xyzt_units()
    assert header["descrip"].item().decode() == description, header["descrip"]
    assert header["intent_name"].item().decode() == unit, header["intent_name"]


def dicom(folder, values):
    files = sorted(Path(folder).glob("*.dcm"))
    wanted = np.fromfile(values, "<f4").reshape(len(files), -1)
    dcmdump = shutil.which("dcmdump")
    for path, plane in zip(files, wanted, strict=True):
        read = pydicom.dcmread(path)
        stored = read.pixel_array
        real = stored * float(read.RescaleSlope) + float(read.RescaleIntercept)
        error = np.abs(real.ravel() - plane).max()
        assert error <= 2e-7 * max(np.abs(plane).max(), 1e-30), f"{path}: {error}"
        if dcmdump:
            with tempfile.TemporaryDirectory() as raw:
                subprocess.run([dcmdump, "+W", raw, path], check=True, capture_output=True)
                (extracted,) = Path(raw).iterdir()
                again = np.fromfile(extracted, "<u2").astype(stored.dtype)
                assert (again == stored.ravel()).all(), f"{path}: dcmtk extracts other numbers"
    print("dcmtk agrees" if dcmdump else "SKIPPED: no dcmdump of dcmtk to compare with; apt install dcmtk")


if __name__ == "__main__":
    {"nifti": nifti, "dicom": dicom}[sys.argv[1]](*sys.argv[2:])
