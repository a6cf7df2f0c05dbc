//! Mean and standard deviation over samples, one pass (Welford 1962). Eq. 9.10's E\[x²\] − E\[x\]² cancels.

use crate::SamplingError;
use crate::error::length;

/// Mean and spread of images of equal length, value by value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Welford {
    count: usize,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Welford {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts an image in.
    ///
    /// # Errors
    /// An image of another length than the first.
    pub fn push(&mut self, image: &[f32]) -> Result<(), SamplingError> {
        if self.count == 0 {
            self.mean = vec![0.0; image.len()];
            self.squares = vec![0.0; image.len()];
        }
        length("the sample", image.len(), self.mean.len())?;
        self.count += 1;
        for (&value, (mean, squares)) in image.iter().zip(self.mean.iter_mut().zip(&mut self.squares)) {
            let from_old = f64::from(value) - *mean;
            *mean += from_old / self.count as f64;
            *squares += from_old * (f64::from(value) - *mean);
        }
        Ok(())
    }

    /// Images counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Vec<f32> {
        self.mean.iter().map(|&mean| mean as f32).collect()
    }

    /// The standard deviation of the samples, n − 1 in the denominator; zeros until there are two.
    #[must_use]
    pub fn deviation(&self) -> Vec<f32> {
        let divisor = self.count.saturating_sub(1).max(1) as f64;
        self.squares.iter().map(|&squares| (squares / divisor).sqrt() as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_spread_on_a_large_mean_survives() {
        let mut all = Welford::new();
        // By hand: deviations -1, 0, 1 and 0.5, 0, -0.5.
        for image in [[4095.0, 0.5], [4096.0, 0.0], [4097.0, -0.5]] {
            all.push(&image).unwrap();
        }
        assert_eq!((all.count(), all.mean()), (3, vec![4096.0, 0.0]));
        assert_eq!(all.deviation(), [1.0, 0.5]);
    }

    #[test]
    fn one_sample_has_no_spread_and_another_length_is_refused() {
        let mut all = Welford::new();
        all.push(&[2.0, 3.0]).unwrap();
        assert_eq!(all.deviation(), [0.0, 0.0]);
        assert_eq!(all.push(&[1.0]).unwrap_err().to_string(), "the sample has 1 values, 2 are needed");
    }
}
