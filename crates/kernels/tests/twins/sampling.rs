//! The twins that sample a tensor at other points, against sums over all its elements.

use super::cases;
use super::cases::definition::{close, f64s, flat, indices};

#[test]
fn resample_sums_inputs_times_weights() {
    for sampling in cases::sampling::samplings() {
        let case = cases::sampling::resample(&sampling);
        let x = f64s(&case.reads[0]);
        let taps = sampling.taps();
        let wanted: Vec<f64> = indices([3, sampling.output, 13])
            .map(|[o, n, i]| {
                let sum: f64 =
                    taps[n].inputs.iter().map(|&(m, w)| w * x[flat([3, sampling.input, 13], [o, m, i])]).sum();
                sum + f64::from(taps[n].constant)
            })
            .collect();
        close(&sampling, case.twin().data().f32(), &wanted);
    }
}
