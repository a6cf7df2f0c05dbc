//! Low dose from standard dose: fewer counts in an image whose counts are gone.
//!
//! A scan at a share d of the dose keeps each count with probability d: n' ~ Binomial(n, d), and n' / d has the same mean
//! and noise sqrt(1 / d) times as large. A reconstructed image has no counts any more, so they are modelled:
//!
//! 1. noise r (deviation over mean) and texture (width of its correlation) are measured on the image;
//! 2. each voxel gets n = x / (m r^2) counts, m being the foreground's mean: noise that grows with the root of activity;
//! 3. n' is drawn, voxel by voxel, and the deviation n' / d - n is given the image's texture and, so that smoothing
//!    carries no noise into the air, its own size again: sqrt(n (1 / d - 1)) counts, but at most n, since an iterative
//!    reconstruction multiplies and cannot make a deviation larger than the value;
//! 4. it is scaled so that the noise measured on the result is r / sqrt(d), and added.
//!
//! What this leaves out: noise of a scan depends on attenuation and on the reconstruction, which the image does not tell;
//! the noise already there stays and is not drawn anew; values that would fall below zero become zero, which adds a few
//! per cent to what is nearly nothing, as in air.

mod binomial;
mod texture;

use darkroom_sampling::philox4x32;

use crate::normalise::{Foreground, foreground, noise};
use crate::{Refusal, Volume, gaussian};
use binomial::{binomial, uniform};

/// Smallest share: below it hardly a count is left.
const LEAST: f64 = 0.01;
/// Rounds of measuring and scaling, and how close the noise must come.
const ROUNDS: usize = 5;
const CLOSE: f64 = 0.01;
/// Standard deviations in a full width at half maximum.
const FWHM: f64 = 2.354_820_045;

/// A thinned image and what was found on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinned {
    /// The image at the lower dose, on the input's grid and in its unit.
    pub volume: Volume,
    /// Noise of the input, deviation over mean.
    pub noise_before: f64,
    /// Noise that the thinned image has by the model: `noise_before` / sqrt(share).
    pub noise_after: f64,
    /// Full width at half maximum of the smoothing that gives white noise the input's texture, in millimetres.
    pub texture_mm: f64,
    /// Voxels that would have fallen below zero and were set to zero.
    pub clipped: usize,
}

/// Thins an image to `share` of its dose. The same seed gives the same image: voxel v draws from Philox 4x32-10 under
/// the seed at counter v.
///
/// # Errors
/// When the share is not between 0.01 and 1, or the image has no foreground to measure noise in.
pub fn thin(input: &Volume, share: f64, seed: u64) -> Result<Thinned, Refusal> {
    if !(LEAST..1.0).contains(&share) {
        return Err(Refusal::new(
            format!("A share of {share} of the dose cannot be simulated."),
            format!("Give a share from {LEAST} to below 1, such as 1/4."),
        ));
    }
    let foreground = foreground(input)?;
    let noise_before = noise(input, &foreground)?;
    if noise_before <= 0.0 {
        return Err(Refusal::new(
            "This image has no noise to measure, so its counts cannot be told.",
            "Choose a measured image; a simulated one is thinned where its counts are.",
        ));
    }
    let texture_mm = texture::width(input, &foreground);
    let per_count = foreground.scale * noise_before * noise_before;
    let white = deviations(input, share, seed, per_count);
    let textured = textured(input, &foreground, white, texture_mm / FWHM, per_count * (1.0 / share - 1.0));
    let noise_after = noise_before / share.sqrt();
    let factor = factor(input, &foreground, &textured, [noise_before, noise_after])?;
    let (volume, clipped) = added(input, &textured, factor);
    Ok(Thinned { volume, noise_before, noise_after, texture_mm, clipped })
}

/// n' / d - n for each voxel, in the image's unit; `per_count` is what one count is worth.
fn deviations(input: &Volume, share: f64, seed: u64, per_count: f64) -> Volume {
    let key = [seed as u32, (seed >> 32) as u32];
    let draw = |(voxel, &value): (usize, &f32)| {
        let counts = (f64::from(value) / per_count).max(0.0);
        let voxel = voxel as u64;
        let words = philox4x32([voxel as u32, (voxel >> 32) as u32, 0, 0], key);
        // A count and a part of one: the part is a count as often as it is large.
        let whole = counts.floor() + f64::from(u8::from(uniform(words[2], words[3]) < counts.fract()));
        let kept = binomial(whole as u64, share, words);
        ((kept as f64 / share - whole) * per_count) as f32
    };
    let data = input.data.iter().enumerate().map(draw).collect();
    Volume { dims: input.dims, data, affine: input.affine, unit: input.unit.clone() }
}

/// Deviations smoothed by a Gaussian of `sigma_mm` and brought to the size that each voxel's value gives them: the root of
/// value x `variance`, at most the value.
fn textured(input: &Volume, foreground: &Foreground, white: Volume, sigma_mm: f64, variance: f64) -> Vec<f32> {
    let smoothed = |volume: &Volume| if sigma_mm > 0.0 { gaussian(volume, sigma_mm) } else { volume.data.clone() };
    let positive: Vec<f32> = input.data.iter().map(|value| value.max(0.0)).collect();
    // Smoothing mixes the deviations of neighbours, so their size after it follows the smoothed value.
    let around = smoothed(&Volume { data: positive.clone(), ..white.clone() });
    let mut normal: Vec<f32> = smoothed(&white);
    for (deviation, value) in normal.iter_mut().zip(&around) {
        *deviation = if *value > 0.0 { (f64::from(*deviation) / f64::from(*value).sqrt()) as f32 } else { 0.0 };
    }
    let inside = normal.iter().zip(&foreground.smooth).filter(|(_, b)| f64::from(**b) > foreground.threshold);
    let (count, squares) =
        inside.fold((0_usize, 0.0), |(count, sum), (z, _)| (count + 1, sum + f64::from(*z) * f64::from(*z)));
    let size = (squares / count.max(1) as f64).sqrt();
    let scale = if size > 0.0 { 1.0 / size } else { 0.0 };
    let sized = |(z, value): (&f32, &f32)| {
        let value = f64::from(*value);
        (f64::from(*z) * scale * (value * variance).sqrt().min(value)) as f32
    };
    normal.iter().zip(&positive).map(sized).collect()
}

/// What deviations are multiplied with so that the result has the noise wanted: independent noise adds in squares, up to
/// edges, which a few rounds of measuring settle.
fn factor(
    input: &Volume,
    foreground: &Foreground,
    deviations: &[f32],
    [before, wanted]: [f64; 2],
) -> Result<f64, Refusal> {
    let missing = wanted * wanted - before * before;
    let mut factor = 1.0;
    for _ in 0..ROUNDS {
        let found = noise(&added(input, deviations, factor).0, foreground)?;
        let gained = found * found - before * before;
        if (found / wanted - 1.0).abs() < CLOSE || gained <= 0.0 {
            break;
        }
        factor *= (missing / gained).sqrt();
    }
    Ok(factor)
}

/// The image with deviations added, and how many voxels were kept from falling below zero.
fn added(input: &Volume, deviations: &[f32], factor: f64) -> (Volume, usize) {
    let mut clipped = 0;
    let sum = |(&value, &deviation): (&f32, &f32)| {
        let sum = (f64::from(value) + factor * f64::from(deviation)) as f32;
        if sum < 0.0 && value >= 0.0 {
            clipped += 1;
            return 0.0;
        }
        sum
    };
    let data = input.data.iter().zip(deviations).map(sum).collect();
    (Volume { dims: input.dims, data, affine: input.affine, unit: input.unit.clone() }, clipped)
}
