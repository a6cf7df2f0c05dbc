//! The arithmetic of a step: one pass over the image.
//!
//! This is the whole of what a kernel has to do, and the twin of the one that does: `shaders/denoise.wgsl`.

/// The numbers of one step, in float32 as a kernel takes them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coefficients {
    /// x0 before its clamp: factors of x and of the output.
    pub predict: [f32; 2],
    /// Values of x0 are cut off beyond ± this.
    pub limit: f32,
    /// And divided by this.
    pub divide: f32,
    /// Factor of x.
    pub x: f32,
    /// Factor of x0.
    pub x0: f32,
    /// Factor of the output.
    pub output: f32,
    /// Factor of the x0 before.
    pub x0_before: f32,
    /// Factor of the anchor.
    pub anchor: f32,
    /// Factor of the noise; with a learned variance 0 or 1.
    pub noise: f32,
    /// Logarithms of the smallest and the largest variance, where it is learned; else both 0.
    pub log_variance: [f32; 2],
}

impl Coefficients {
    /// Number of values.
    pub const COUNT: usize = 12;

    /// The values in the order of the fields, as `shaders/denoise.wgsl` reads them.
    #[must_use]
    pub fn values(&self) -> [f32; Self::COUNT] {
        let [p0, p1] = self.predict;
        let [low, high] = self.log_variance;
        let &Self { limit, divide, x, x0, output, x0_before, anchor, noise, .. } = self;
        [p0, p1, limit, divide, x, x0, output, x0_before, anchor, noise, low, high]
    }

    /// The coefficients that [`Coefficients::values`] gave.
    #[must_use]
    pub fn from_values(values: [f32; Self::COUNT]) -> Self {
        let [p0, p1, limit, divide, x, x0, output, x0_before, anchor, noise, low, high] = values;
        let (predict, log_variance) = ([p0, p1], [low, high]);
        Self { predict, limit, divide, x, x0, output, x0_before, anchor, noise, log_variance }
    }
}

/// What a step reads. Each is as long as the image, or empty where its factor is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Operands<'a> {
    /// The noisy image.
    pub x: &'a [f32],
    /// The network's output, guided; without its variance half.
    pub output: &'a [f32],
    /// The variance half, where the variance is learned.
    pub variance: &'a [f32],
    /// x0 of the evaluation before.
    pub x0_before: &'a [f32],
    /// The kept image.
    pub anchor: &'a [f32],
    /// Standard normal noise.
    pub noise: &'a [f32],
}

/// `next` becomes the image after the step, `x0` the predicted clean one. Both are as long as the image.
///
/// An operand whose factor is 0 is not read, so what is not a number there does no harm.
pub fn combine(with: &Coefficients, operands: &Operands<'_>, next: &mut [f32], x0: &mut [f32]) {
    let Operands { x, output, variance, x0_before, anchor, noise } = *operands;
    let term = |factor: f32, values: &[f32], i: usize| {
        if factor == 0.0 { 0.0 } else { factor * values.get(i).copied().unwrap_or(0.0) }
    };
    for (i, (next, x0)) in next.iter_mut().zip(x0).enumerate() {
        let raw = term(with.predict[0], x, i) + term(with.predict[1], output, i);
        let clamped = raw.clamp(-with.limit, with.limit) / with.divide;
        *x0 = clamped;
        let mut factor = with.noise;
        if let (true, Some(share)) = (factor != 0.0, variance.get(i)) {
            let [low, high] = with.log_variance;
            factor *= (0.5 * (low + (high - low) * (0.5 * share + 0.5))).exp();
        }
        let image = term(with.x, x, i) + if with.x0 == 0.0 { 0.0 } else { with.x0 * clamped };
        let kept = term(with.output, output, i) + term(with.x0_before, x0_before, i);
        *next = image + kept + term(with.anchor, anchor, i) + term(factor, noise, i);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: Operands<'_> =
        Operands { x: &[], output: &[], variance: &[], x0_before: &[], anchor: &[], noise: &[] };

    fn run(with: &Coefficients, operands: &Operands<'_>) -> ([f32; 1], [f32; 1]) {
        let (mut next, mut x0) = ([0.0], [0.0]);
        combine(with, operands, &mut next, &mut x0);
        (next, x0)
    }

    #[test]
    fn every_operand_has_its_factor() {
        let with = Coefficients {
            predict: [2.0, -1.0],
            limit: 4.0,
            divide: 2.0,
            x: 1.0,
            x0: 10.0,
            output: 100.0,
            x0_before: 1e3,
            anchor: 1e4,
            noise: 1e5,
            log_variance: [0.0; 2],
        };
        let operands =
            Operands { x: &[5.0], output: &[3.0], x0_before: &[2.0], anchor: &[4.0], noise: &[6.0], ..EMPTY };
        // x0 = min(10 - 3, 4) / 2 = 2; next = 5 + 20 + 300 + 2000 + 40000 + 600000.
        assert_eq!(run(&with, &operands), ([642_325.0], [2.0]));
        assert_eq!(Coefficients::from_values(with.values()), with);
    }

    #[test]
    fn a_learned_variance_lies_between_its_bounds_on_a_logarithmic_scale() {
        let log_variance = [f32::ln(0.01), f32::ln(0.04)];
        let with = Coefficients { noise: 1.0, divide: 1.0, log_variance, ..Coefficients::default() };
        for (share, wanted) in [(-1.0, 0.1), (0.0, f32::sqrt(0.02)), (1.0, 0.2)] {
            let ([next], _) = run(&with, &Operands { variance: &[share], noise: &[1.0], ..EMPTY });
            assert!((next - wanted).abs() < 1e-6, "{share}: {next}");
        }
    }

    #[test]
    fn what_has_no_factor_is_not_read() {
        let with = Coefficients { divide: 1.0, ..Coefficients::default() };
        let nan = &[f32::NAN];
        let operands = Operands { x: nan, output: nan, variance: nan, x0_before: nan, anchor: nan, noise: nan };
        assert_eq!(run(&with, &operands), ([0.0], [0.0]));
    }
}
