//! Does a mask lie where the image's structures do? A mask of another patient, or moved, is worse than none.
//!
//! Three things speak against it, each measured on t = min(b / s, 3), b and s being those of [`crate::normalise`]:
//!
//! - **displaced**: the share of t's variance that the labels explain (within a box around them) grows when the mask is
//!   moved by 12 mm in one of 14 directions, by more than a twentieth of itself;
//! - **outside**: more than a twentieth of the mask, lungs left out, lies where b is below a quarter of the foreground's
//!   threshold;
//! - **lungs**: what it calls lungs takes up more than three quarters of what its other regions do.
//!
//! The bounds were set on simulated torsos of the training and validation splits; `weights/pet-enhance/CARD.md` says how
//! often they are right on the test split.

use crate::normalise::Foreground;
use crate::{LabelMap, Volume};

/// How far the mask is moved, and how far around it the image is looked at, in millimetres.
const STEP_MM: f64 = 12.0;
const AROUND_MM: f64 = 20.0;
/// Values are cut off here, so that a bladder does not outweigh every organ.
const HOTTEST: f64 = 3.0;
/// Fewest voxels from which anything can be told.
const FEWEST: usize = 200;
/// Fewest voxels of lungs.
const FEWEST_LUNGS: usize = 50;
/// An explained share below this counts as this: what explains nothing cannot grow meaningfully.
const LEAST_SHARE: f64 = 0.05;
/// The bounds.
const MOST_GAIN: f64 = 0.05;
const MOST_OUTSIDE: f64 = 0.05;
const MOST_LUNGS: f64 = 0.75;
/// The part of the foreground's threshold below which there is nothing.
const NOTHING: f64 = 0.25;

/// Why a mask does not fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Misfit {
    /// Moved by 12 mm it would explain this much more of the image's variance, as a part of what it explains now.
    Displaced(f64),
    /// This share of it lies where the image holds nothing.
    Outside(f64),
    /// Uptake in its lungs over that in its other regions.
    Lungs(f64),
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Displaced(gain) => write!(f, "moved by {STEP_MM} mm it would fit better by {:.0} %", 100.0 * gain),
            Self::Outside(share) => write!(f, "{:.0} % of it lies where the image holds nothing", 100.0 * share),
            Self::Lungs(ratio) => {
                write!(f, "what it calls lungs takes up {ratio:.2} times as much as its other regions")
            }
        }
    }
}

/// The first thing that speaks against labels 1 to `classes` of a map on the image's grid; `lungs` is the lungs' label.
/// `None` where nothing does, and where too few voxels are labelled to tell.
#[must_use]
pub fn misfit(
    image: &Volume,
    foreground: &Foreground,
    map: &LabelMap,
    classes: u8,
    lungs: Option<u8>,
) -> Option<Misfit> {
    let labelled = Labelled::of(image, map, classes)?;
    let value = |voxel: usize| (f64::from(foreground.smooth[voxel]) / foreground.scale).min(HOTTEST);
    let (of_lungs, others): (Vec<_>, Vec<_>) = labelled.voxels.iter().partition(|(_, label)| Some(*label) == lungs);
    let at = |&(place, _): &([usize; 3], u8)| image.index(place[0], place[1], place[2]);
    if !others.is_empty() {
        let nothing = NOTHING * foreground.threshold;
        let outside = others.iter().filter(|one| f64::from(foreground.smooth[at(one)]) < nothing).count();
        let share = outside as f64 / others.len() as f64;
        if share > MOST_OUTSIDE {
            return Some(Misfit::Outside(share));
        }
        let mean =
            |voxels: &[([usize; 3], u8)]| voxels.iter().map(|one| value(at(one))).sum::<f64>() / voxels.len() as f64;
        let ratio = mean(&of_lungs) / mean(&others);
        if of_lungs.len() > FEWEST_LUNGS && ratio > MOST_LUNGS {
            return Some(Misfit::Lungs(ratio));
        }
    }
    let gain = labelled.gain(image, value);
    (gain > MOST_GAIN).then_some(Misfit::Displaced(gain))
}

/// The labelled voxels and the box around them.
struct Labelled {
    voxels: Vec<([usize; 3], u8)>,
    /// First voxel and the one behind the last, along each axis.
    from: [usize; 3],
    to: [usize; 3],
    classes: u8,
}

impl Labelled {
    fn of(image: &Volume, map: &LabelMap, classes: u8) -> Option<Self> {
        let [nx, ny, _] = image.dims;
        let place = |voxel: usize| [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
        let known = map.labels.iter().enumerate().filter(|(_, label)| (1..=classes).contains(*label));
        let voxels: Vec<_> = known.map(|(voxel, &label)| (place(voxel), label)).collect();
        if voxels.len() < FEWEST || map.dims != image.dims {
            return None;
        }
        let around = image.spacing().map(|edge| (AROUND_MM / edge).ceil() as usize);
        let along = |axis: usize| voxels.iter().map(move |(at, _)| at[axis]);
        let from = std::array::from_fn(|axis| along(axis).min().unwrap_or(0).saturating_sub(around[axis]));
        let to = std::array::from_fn(|axis| (along(axis).max().unwrap_or(0) + around[axis] + 1).min(image.dims[axis]));
        Some(Self { voxels, from, to, classes })
    }

    /// The largest growth of the explained share under a displacement, as a part of the share itself.
    fn gain(&self, image: &Volume, value: impl Fn(usize) -> f64) -> f64 {
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for k in self.from[2]..self.to[2] {
            for j in self.from[1]..self.to[1] {
                for i in self.from[0]..self.to[0] {
                    let t = value(image.index(i, j, k));
                    count += 1.0;
                    sum += t;
                    squares += t * t;
                }
            }
        }
        let total = squares - sum * sum / count;
        if total <= 0.0 {
            return 0.0;
        }
        let share = |step: [isize; 3]| self.between(image, &value, step, [count, sum]) / total;
        let here = share([0; 3]);
        let spacing = image.spacing();
        let best = directions()
            .map(|direction| {
                let length = direction.iter().map(|d| (d * d) as f64).sum::<f64>().sqrt();
                let step = |axis: usize| (direction[axis] as f64 * STEP_MM / length / spacing[axis]).round() as isize;
                share(std::array::from_fn(step))
            })
            .fold(here, f64::max);
        (best - here) / here.max(LEAST_SHARE)
    }

    /// Sum of squares between the regions (and what is no region) with the mask moved by `step` voxels.
    fn between(&self, image: &Volume, value: &impl Fn(usize) -> f64, step: [isize; 3], [count, sum]: [f64; 2]) -> f64 {
        let mut groups = vec![[0.0_f64; 2]; usize::from(self.classes) + 1];
        for (at, label) in &self.voxels {
            let moved: [usize; 3] = std::array::from_fn(|axis| at[axis].wrapping_add_signed(step[axis]));
            if (0..3).all(|axis| (self.from[axis]..self.to[axis]).contains(&moved[axis])) {
                let group = &mut groups[usize::from(*label)];
                group[0] += 1.0;
                group[1] += value(image.index(moved[0], moved[1], moved[2]));
            }
        }
        let [inside, within] = groups.iter().fold([0.0, 0.0], |[n, s], group| [n + group[0], s + group[1]]);
        groups[0] = [count - inside, sum - within];
        let parts = groups.iter().filter(|[n, _]| *n > 0.0).map(|[n, s]| s * s / n);
        parts.sum::<f64>() - sum * sum / count
    }
}

/// Along the axes and along the space diagonals.
fn directions() -> impl Iterator<Item = [isize; 3]> {
    let all = (0..27_isize).map(|n| [n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1]);
    all.filter(|direction| matches!(direction.iter().filter(|&&d| d != 0).count(), 1 | 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unit, normalise};

    const N: usize = 40;
    const LUNGS: u8 = 4;

    /// A body of 4 mm voxels with a bright organ (label 2) and dark lungs (label 4), and its mask moved along x.
    fn torso(moved: isize) -> (Volume, LabelMap) {
        let near =
            |at: [f64; 3], c: [f64; 3], r: f64| at.iter().zip(c).map(|(a, c)| (a - c).powi(2)).sum::<f64>() < r * r;
        let organ = |at: [f64; 3]| {
            if near(at, [14.0, 20.0, 20.0], 6.0) {
                2
            } else if near(at, [26.0, 20.0, 20.0], 5.0) {
                LUNGS
            } else {
                0
            }
        };
        let (mut data, mut labels) = (Vec::new(), Vec::new());
        for v in 0..N * N * N {
            let at = [v % N, v / N % N, v / (N * N)].map(|n| n as f64);
            let noise = f64::from((v as u32).wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24) - 0.5;
            let activity = match organ(at) {
                2 => 2.5,
                LUNGS => 0.4,
                _ if near(at, [20.0; 3], 17.0) => 1.0,
                _ => 0.0,
            };
            data.push((activity * (1.0 + 0.8 * noise)) as f32);
            labels.push(organ([at[0] - moved as f64, at[1], at[2]]));
        }
        let affine = [[4.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0]];
        (Volume::new([N; 3], data, affine, Unit::Suv).unwrap(), LabelMap { dims: [N; 3], labels })
    }

    fn found(image: &Volume, map: &LabelMap) -> Option<Misfit> {
        misfit(image, &normalise::foreground(image).unwrap(), map, 8, Some(LUNGS))
    }

    #[test]
    fn a_mask_in_its_place_fits_and_a_moved_one_does_not() {
        let (image, map) = torso(0);
        assert_eq!(found(&image, &map), None);
        for moved in [3, -4] {
            let (image, map) = torso(moved);
            assert!(
                matches!(found(&image, &map), Some(Misfit::Displaced(gain)) if gain > 0.1),
                "{:?}",
                found(&image, &map)
            );
        }
    }

    #[test]
    fn numbers_that_are_mixed_up_and_masks_in_the_air_are_found() {
        let (image, mut map) = torso(0);
        map.labels.iter_mut().for_each(|label| *label = [0, 1, LUNGS, 3, 2][usize::from(*label)]);
        assert!(matches!(found(&image, &map), Some(Misfit::Lungs(ratio)) if ratio > 2.0));
        let (image, map) = torso(-10);
        let misfit = found(&image, &map).unwrap();
        assert!(matches!(misfit, Misfit::Outside(_)), "{misfit:?}");
        assert!(misfit.to_string().contains("% of it lies where the image holds nothing"));
    }

    #[test]
    fn a_few_voxels_tell_nothing() {
        let (image, mut map) = torso(4);
        map.labels.iter_mut().enumerate().for_each(|(v, label)| *label *= u8::from(v % 31 == 0));
        assert_eq!(found(&image, &map), None);
    }
}
