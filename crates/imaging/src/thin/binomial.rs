//! Binomial numbers by inversion of one uniform number each.

use darkroom_sampling::normals;

/// Counts times share from which a normal number stands for a binomial one: the difference is far below the noise.
const NORMAL_FROM: f64 = 200.0;

/// A number between 0 and 1, ends excluded, of two random words: 53 bits.
pub(super) fn uniform(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 11;
    (bits as f64 + 0.5) / (1_u64 << 53) as f64
}

/// How many of `counts` are kept when each is kept with probability `share`, by four random words.
pub(super) fn binomial(counts: u64, share: f64, words: [u32; 4]) -> u64 {
    let mean = counts as f64 * share;
    if mean > NORMAL_FROM {
        let deviation = (mean * (1.0 - share)).sqrt();
        return (mean + deviation * f64::from(normals(words)[0])).round().clamp(0.0, counts as f64) as u64;
    }
    // Walks up the distribution: P(k + 1) = P(k) (n - k) / (k + 1) share / (1 - share).
    let odds = share / (1.0 - share);
    let mut chance = (counts as f64 * (-share).ln_1p()).exp();
    let mut left = uniform(words[0], words[1]);
    let mut kept = 0;
    while left > chance && kept < counts {
        left -= chance;
        chance *= (counts - kept) as f64 / (kept + 1) as f64 * odds;
        kept += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use darkroom_sampling::philox4x32;

    #[test]
    fn means_and_variances_are_binomial() {
        for (counts, share) in [(1, 0.5), (7, 0.1), (40, 0.25), (600, 0.05), (5000, 0.3)] {
            let draws = 20_000_u32;
            let values: Vec<f64> =
                (0..draws).map(|n| binomial(counts, share, philox4x32([n, 0, 0, 0], [9, 9])) as f64).collect();
            let mean = values.iter().sum::<f64>() / f64::from(draws);
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / f64::from(draws);
            let (wanted, spread) = (counts as f64 * share, counts as f64 * share * (1.0 - share));
            // Four standard errors.
            assert!((mean - wanted).abs() < 4.0 * (spread / f64::from(draws)).sqrt(), "{counts} {share}: {mean}");
            assert!((variance / spread - 1.0).abs() < 0.06, "{counts} {share}: {variance} {spread}");
            assert!(values.iter().all(|value| *value <= counts as f64));
        }
        assert_eq!(binomial(0, 0.5, [u32::MAX; 4]), 0);
    }
}
