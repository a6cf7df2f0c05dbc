"""Procedural torsos: warped ellipsoids with FDG uptake, from the pelvis to the upper chest.

Anatomical coordinates in mm: x to the right, y anterior, z superior with z = 0 at the dome of
the diaphragm. Uptake values are typical FDG SUVs with spread, chosen for variety, not measured.
"""

import numpy as np

from phantoms import (MU_BONE, MU_LUNG, MU_SOFT, REGION_LABEL, Grid, Phantom, Setting, add_lesions,
                      add_texture, deformed_coordinates)

WINDOWS = {"chest": 70.0, "upper abdomen": -45.0, "abdomen": -140.0, "pelvis": -290.0}


class TorsoPainter:
    """Paints organs, later ones over earlier ones, into activity, mu and region maps."""

    def __init__(self, grid: Grid, centre_z: float, rng: np.random.Generator):
        self.rng = rng
        self.z, self.y, self.x = deformed_coordinates(grid, rng, elastic_mm=5.0)
        self.z += centre_z
        self.activity = np.zeros(grid.shape, np.float32)
        self.mu = np.zeros(grid.shape, np.float32)
        self.regions = np.zeros(grid.shape, np.uint8)

    def vary(self, value: float, spread: float = 0.1) -> float:
        """`value` times a normal variation of relative width `spread`, kept positive."""
        return value * max(0.2, self.rng.normal(1, spread))

    def paint(self, mask, suv: float, mu: float = MU_SOFT, region: str | None = None) -> None:
        self.activity[mask] = suv
        self.mu[mask] = mu
        self.regions[mask] = REGION_LABEL[region] if region else 0

    def ellipsoid(self, centre, radii, jitter_mm: float = 6.0):
        """A random ellipsoid's level function (< 1 inside); centre and radii are (x, y, z)."""
        centre = np.array(centre) + self.rng.normal(0, jitter_mm, 3)
        radii = np.array(radii) * self.rng.uniform(0.85, 1.15, 3)
        return (((self.x - centre[0]) / radii[0]) ** 2 + ((self.y - centre[1]) / radii[1]) ** 2
                + ((self.z - centre[2]) / radii[2]) ** 2)

    def tube(self, x: float, y: float, radius: float):
        """A vertical cylinder's level function (< 1 inside)."""
        return ((self.x - x) ** 2 + (self.y - y) ** 2) / radius ** 2


def paint_body_wall(p: TorsoPainter):
    """Fat, muscle and the rib cage; returns the body mask."""
    width, depth = p.vary(165, 0.06), p.vary(112, 0.08)
    outline = np.abs(p.x / width) ** 2.4 + np.abs(p.y / depth) ** 2.4
    body = outline < 1
    p.paint(body, p.vary(0.3, 0.25), 0.09)
    inner = outline < p.rng.uniform(0.6, 0.9)
    p.paint(inner, p.vary(0.7, 0.15))
    cage = (p.x / (0.80 * width)) ** 2 + (p.y / (0.80 * depth)) ** 2
    spacing = p.rng.uniform(24, 32)
    slanted = np.mod(p.z + 0.45 * p.y, spacing) < 0.32 * spacing
    ribs = (cage > 0.88) & (cage < 1.06) & slanted & (p.z > -110) & inner
    p.paint(ribs, p.vary(1.0, 0.2), MU_BONE, "ribs")
    return body


def paint_chest(p: TorsoPainter) -> None:
    """Lungs, mediastinum and a heart with a separate myocardium."""
    lung_suv = p.vary(0.45, 0.2)
    for side in (-1, 1):
        lung = (p.ellipsoid((side * 78, -5, 85), (56, 76, 130)) < 1) & (p.z > -30)
        p.paint(lung, lung_suv, MU_LUNG, "lungs")
    blood = p.vary(1.6, 0.15)
    p.paint((p.ellipsoid((0, 5, 120), (26, 45, 110)) < 1), blood * 0.8)
    wall = p.ellipsoid((-32, 30, 38), (46, 44, 40))
    p.paint(wall < 1, p.rng.choice([blood * 1.1, p.rng.uniform(2, 9)]), MU_SOFT, "heart")
    p.paint(wall < 0.42, blood, MU_SOFT, "heart")
    p.paint(p.tube(-14, -42, p.vary(11)) < 1, blood)


def paint_abdomen(p: TorsoPainter) -> None:
    """Liver, stomach, spleen, kidneys and bowel."""
    for _ in range(int(p.rng.integers(6, 14))):
        centre = (p.rng.uniform(-95, 95), p.rng.uniform(0, 60), p.rng.uniform(-300, -110))
        loop = p.ellipsoid(centre, p.rng.uniform((14, 12, 14), (45, 26, 45)))
        p.paint(loop < 1, p.rng.uniform(0.6, 3.0))
    liver = (p.ellipsoid((58, 8, -45), (88, 78, 72)) < 1) | (
        p.ellipsoid((0, 38, -25), (62, 38, 38)) < 1)
    p.paint(liver & (p.z < 5), p.vary(2.2, 0.18), MU_SOFT, "liver")
    wall = p.ellipsoid((-66, 34, -48), (38, 34, 46))
    p.paint(wall < 1, p.vary(1.7, 0.3), MU_SOFT, "stomach")
    p.paint(wall < 0.5, p.vary(0.8, 0.4), MU_SOFT, "stomach")
    p.paint(p.ellipsoid((-98, -42, -40), (28, 36, 44)) < 1, p.vary(1.8, 0.15), MU_SOFT, "spleen")
    for side in (-1, 1):
        kidney = p.ellipsoid((side * 62, -50, -118), (27, 27, 50))
        p.paint(kidney < 1, p.vary(2.8, 0.25), MU_SOFT, "kidneys")
        p.paint(kidney < 0.2, p.rng.uniform(2, 18), MU_SOFT, "kidneys")


def paint_spine_and_pelvis(p: TorsoPainter) -> None:
    """Vertebrae with discs and cord, hip bones and a filled bladder."""
    column = p.tube(0, -70, p.vary(21))
    disc = np.mod(p.z, 33) < 7
    p.paint(column < 1, p.vary(1.6, 0.25), MU_BONE, "spine")
    p.paint((column < 1) & disc, p.vary(0.8, 0.2), MU_SOFT, "spine")
    p.paint(p.tube(0, -98, 8) < 1, p.vary(1.2, 0.2))
    for side in (-1, 1):
        hip = p.ellipsoid((side * 88, -35, -285), (24, 45, 70))
        p.paint(hip < 1, p.vary(1.2, 0.25), MU_BONE)
    p.paint(p.ellipsoid((0, 30, -345), (42, 34, 34)) < 1, p.rng.uniform(4, 30))


def build_torso(rng: np.random.Generator, setting: Setting | None = None) -> Phantom:
    """A random window of a random procedural torso, on a grid of 3 to 5 mm voxels or as `setting` says."""
    if setting:
        grid = setting.grid(392.0)
    else:
        side = int(rng.choice([80, 88, 96, 112]))
        plane_mm = 384.0 / side * rng.uniform(0.98, 1.06)
        grid = Grid((48, side, side), (rng.uniform(2.8, 5.0), plane_mm, plane_mm))
    window = rng.choice(list(WINDOWS), p=[0.3, 0.35, 0.2, 0.15])
    centre_z = WINDOWS[window] + rng.uniform(-30, 30)
    if setting:
        return torso_on(grid, centre_z, setting.lesions, rng, setting.apart_mm)
    return torso_on(grid, centre_z, int(rng.integers(2, 7)), rng)


def torso_on(grid: Grid, centre_z: float, lesions: int, rng: np.random.Generator, apart_mm: float = 0.0) -> Phantom:
    """The part of a random torso around `centre_z` that `grid` covers, with some lesions."""
    painter = TorsoPainter(grid, centre_z, rng)
    body = paint_body_wall(painter)
    paint_spine_and_pelvis(painter)
    paint_chest(painter)
    paint_abdomen(painter)
    for volume in (painter.activity, painter.mu, painter.regions):
        volume[~body] = 0
    add_texture(painter.activity, grid, rng)
    phantom = Phantom(grid, painter.activity, painter.mu, painter.regions, body)
    add_lesions(phantom, lesions, rng, apart_mm)
    return phantom
