//! Normal values from random words by Box and Muller, in float32 arithmetic that a shader repeats.
//!
//! Logarithm, sine and cosine are written out: WGSL promises its own only to 2^-11, and a logarithm near 1 that is off
//! in its last bit would move the smallest values by a thousandth.

/// Four standard normal values from four random words.
///
/// Of each pair of words the upper 24 bits make the radius √(−2 ln u), u in (0, 1], and the angle; so no value exceeds
/// 5.77, which one of 10⁸ would.
#[must_use]
pub fn normals(words: [u32; 4]) -> [f32; 4] {
    let [a, b] = pair(words[0], words[1]);
    let [c, d] = pair(words[2], words[3]);
    [a, b, c, d]
}

fn pair(first: u32, second: u32) -> [f32; 2] {
    let radius = (-2.0 * log_of_share((first >> 8) + 1)).sqrt();
    let [cosine, sine] = turn(second >> 8);
    [radius * cosine, radius * sine]
}

/// ln(n / 2^24) for n from 1 to 2^24.
fn log_of_share(n: u32) -> f32 {
    // Exact: n has at most 24 bits.
    let bits = (n as f32).to_bits();
    let mut exponent = (bits >> 23) as i32 - 127 - 24;
    let mut mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
    if mantissa > std::f32::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 artanh((m − 1)/(m + 1)), |s| ≤ 0.172: the terms left out are below 1e-8 of it.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let series = q * (0.666_666_7 + q * (0.4 + q * (0.285_714_3 + q * 0.222_222_2)));
    exponent as f32 * std::f32::consts::LN_2 + (2.0 * s + s * series)
}

/// Cosine and sine of 2π k / 2^24.
fn turn(k: u32) -> [f32; 2] {
    // To the nearest quarter, and what is left of it, both exact.
    let quarter = (k + (1 << 21)) >> 22;
    let rest = k as i32 - (quarter << 22) as i32;
    let angle = rest as f32 * (std::f32::consts::FRAC_PI_2 / 4_194_304.0);
    let q = angle * angle;
    let sine = angle + angle * q * (-0.166_666_67 + q * (0.008_333_334 + q * (-0.000_198_412_7 + q * 2.755_731_9e-6)));
    let cosine = 1.0 + q * (-0.5 + q * (0.041_666_668 + q * (-0.001_388_888_9 + q * 2.480_158_7e-5)));
    match quarter & 3 {
        0 => [cosine, sine],
        1 => [-sine, cosine],
        2 => [-cosine, -sine],
        _ => [sine, -cosine],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_sine_and_cosine_are_right_to_float32() {
        let spread = (0..4096_u32).map(|n| n * 4095 + n % 7).chain([0, 1, 2, 16_777_214, 16_777_215]);
        for k in spread {
            let wanted = (f64::from(k + 1) / 16_777_216.0).ln();
            let got = f64::from(log_of_share(k + 1));
            assert!((got - wanted).abs() <= 3e-7 * wanted.abs(), "ln: {k} gives {got}, not {wanted}");
            let (sine, cosine) = (std::f64::consts::TAU * f64::from(k) / 16_777_216.0).sin_cos();
            let [c, s] = turn(k).map(f64::from);
            assert!((c - cosine).abs() < 2e-7 && (s - sine).abs() < 2e-7, "turn: {k} gives {c} {s}");
        }
    }
}
