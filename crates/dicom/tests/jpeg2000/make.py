"""Makes the JPEG 2000 streams of the tests: a half dark, half bright image, compressed so hard that it overshoots, and one
without loss in a JP2 file of odd length.

python -m pip install numpy imagecodecs; python make.py
"""

from pathlib import Path

import imagecodecs
import numpy

HERE = Path(__file__).parent


def halves(low, high, kind):
    """16 columns, 12 rows: the left half low, the right half high, with a bright column in the one, a dark in the other."""
    image = numpy.full((12, 16), low, kind)
    image[:, 8:] = high
    image[:, 3] = high
    image[:, 12] = low
    return image


def write(name, image, **options):
    (HERE / name).write_bytes(imagecodecs.jpeg2k_encode(image, **options))


for name, low, high, kind in [("unsigned.j2k", 0, 65535, numpy.uint16), ("signed.j2k", -32768, 32767, numpy.int16)]:
    write(name, halves(low, high, kind), level=20, codecformat="j2k", resolutions=3)
write("wrapped.jp2", halves(0, 4000, numpy.uint16), level=0, reversible=True, codecformat="jp2", resolutions=3)
