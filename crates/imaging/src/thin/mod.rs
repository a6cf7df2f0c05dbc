//! Low dose from standard dose: fewer counts in an image whose counts are gone.
//!
//! A scan at a share d of the dose keeps each count with probability d: n' ~ Binomial(n, d), and n' / d has the same mean
//! and noise sqrt(1 / d) times as large. A reconstructed image has no counts any more, so they are modelled:
//!
//! 1. noise r (deviation over mean) and texture (width of its correlation) are measured on the image;
//! 2. each voxel gets n = x / (m r^2) counts, m being the foreground's mean: noise that grows with the root of activity;
//! 3. n' is drawn, voxel by voxel, and the deviation n' / d - n is given the image's texture and, so that smoothing
//!    carries no noise into the air, divided by its size: z, which deviates by 1 everywhere;
//! 4. f is chosen so that x + c x z, with c = f sqrt((1 / d - 1) / n), has the noise r / sqrt(d);
//! 5. x becomes a gamma-distributed number of mean x and deviation c x: never below zero, skewed as few counts are, without
//!    bias. Where the noise is a good part of the value, the measure of noise, a median, reads less of a skewed one.
//!
//! What this leaves out: noise of a scan depends on attenuation and on the reconstruction, which the image does not tell;
//! the noise already there stays and is not drawn anew.

mod binomial;
mod gamma;
mod texture;

use darkroom_sampling::philox4x32;

use crate::normalise::{Foreground, foreground, noise};
use crate::{Refusal, Volume, gaussian};
use binomial::{binomial, uniform};
use gamma::Gamma;

/// Smallest share: below it hardly a count is left.
const LEAST: f64 = 0.01;
/// Rounds of measuring and scaling, and how close the noise must come.
const ROUNDS: usize = 5;
const CLOSE: f64 = 0.01;
/// A difference from the noise wanted that is told.
const TOLD: f64 = 0.1;
/// Standard deviations in a full width at half maximum.
const FWHM: f64 = 2.354_820_045;

/// A thinned image and what was found on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Thinned {
    /// The image at the lower dose, on the input's grid and in its unit.
    pub volume: Volume,
    /// Noise of the input, deviation over mean.
    pub noise_before: f64,
    /// Noise measured on the thinned image; `noise_before` / sqrt(share) where that can be reached.
    pub noise_after: f64,
    /// Full width at half maximum of the smoothing that gives white noise the input's texture, in millimetres.
    pub texture_mm: f64,
}

/// What to tell, in a sentence, where a share's noise is not the root of the share times that before.
#[must_use]
pub fn short_of(share: f64, noise_before: f64, noise_after: f64) -> Option<String> {
    let wanted = noise_before / share.sqrt();
    ((noise_after / wanted - 1.0).abs() > TOLD).then(|| {
        format!(
            "By the root of the share the noise would be {:.1} %. So few counts can only be told roughly from an image.",
            100.0 * wanted
        )
    })
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
    let normal = normal(input, &foreground, white, texture_mm / FWHM);
    let variance = per_count * (1.0 / share - 1.0);
    let noisy = Gamma::new(input, &normal, variance);
    let volume = noisy.draw(factor(&noisy, &foreground, [noise_before, noise_before / share.sqrt()])?);
    let noise_after = noise(&volume, &self::foreground(&volume)?)?;
    Ok(Thinned { volume, noise_before, noise_after, texture_mm })
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

/// Deviations smoothed by a Gaussian of `sigma_mm` and divided by the size that the activity around each voxel gives them.
fn normal(input: &Volume, foreground: &Foreground, white: Volume, sigma_mm: f64) -> Vec<f32> {
    let smoothed = |volume: &Volume| if sigma_mm > 0.0 { gaussian(volume, sigma_mm) } else { volume.data.clone() };
    let positive: Vec<f32> = input.data.iter().map(|value| value.max(0.0)).collect();
    // Smoothing mixes the deviations of neighbours, so their size after it follows the smoothed value.
    let around = smoothed(&Volume { data: positive, ..white.clone() });
    let mut normal: Vec<f32> = smoothed(&white);
    for (deviation, value) in normal.iter_mut().zip(&around) {
        *deviation = if *value > 0.0 { (f64::from(*deviation) / f64::from(*value).sqrt()) as f32 } else { 0.0 };
    }
    let inside = normal.iter().zip(&foreground.smooth).filter(|(_, b)| f64::from(**b) > foreground.threshold);
    let (count, squares) =
        inside.fold((0_usize, 0.0), |(count, sum), (z, _)| (count + 1, sum + f64::from(*z) * f64::from(*z)));
    let size = (squares / count.max(1) as f64).sqrt();
    let scale = if size > 0.0 { 1.0 / size } else { 0.0 };
    normal.iter_mut().for_each(|z| *z = (f64::from(*z) * scale) as f32);
    normal
}

/// What deviations are multiplied with so that they make the noise wanted: independent noise adds in squares, up to edges,
/// which a few rounds of measuring settle.
fn factor(noisy: &Gamma<'_>, foreground: &Foreground, [before, wanted]: [f64; 2]) -> Result<f64, Refusal> {
    let missing = wanted * wanted - before * before;
    let mut factor = 1.0;
    for _ in 0..ROUNDS {
        let found = noise(&noisy.straight(factor), foreground)?;
        let gained = found * found - before * before;
        if (found / wanted - 1.0).abs() < CLOSE || gained <= 0.0 {
            break;
        }
        factor *= (missing / gained).sqrt();
    }
    Ok(factor)
}
