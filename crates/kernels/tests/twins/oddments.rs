//! The twins of kernels that stand alone, against their definitions.

use super::cases;
use crate::definition::{close, f64s, flat, indices};
use darkroom_kernels::lrn::Lrn;
use darkroom_kernels::nll::Nll;
use darkroom_kernels::rotary::Rotary;

#[test]
fn rotary_turns_pairs_of_channels() {
    for rotary in cases::oddments::rotaries() {
        let case = cases::plain(rotary.clone());
        let [x, cos, sin] = [0, 1, 2].map(|n| f64s(&case.reads[n]));
        let Rotary { batch, heads, tokens, width, turned, packed, interleaved } = rotary;
        let at = |[b, h, t, c]: [usize; 4]| {
            if packed {
                flat([batch, tokens, heads, width], [b, t, h, c])
            } else {
                flat([batch, heads, tokens, width], [b, h, t, c])
            }
        };
        let mut wanted = x.clone();
        for [b, h, t, pair] in indices([batch, heads, tokens, turned / 2]) {
            let (first, second) = if interleaved { (2 * pair, 2 * pair + 1) } else { (pair, pair + turned / 2) };
            let angle = flat([batch, tokens, turned / 2], [b, t, pair]);
            let (p, q) = (at([b, h, t, first]), at([b, h, t, second]));
            wanted[p] = x[p] * cos[angle] - x[q] * sin[angle];
            wanted[q] = x[q] * cos[angle] + x[p] * sin[angle];
        }
        close(&rotary, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn lrn_divides_by_neighbouring_channels() {
    for lrn in cases::oddments::lrns() {
        let case = cases::plain(lrn.clone());
        let x = f64s(&case.reads[0]);
        let Lrn { batch, channels, inner, size, alpha, beta, bias } = lrn;
        let shape = [batch, channels, inner];
        let wanted: Vec<f64> = indices(shape)
            .map(|[b, c, i]| {
                let near = |&other: &usize| other + (size - 1) / 2 >= c && other <= c + size / 2;
                let squares = (0..channels).filter(near).map(|other| x[flat(shape, [b, other, i])].powi(2));
                let mean = squares.sum::<f64>() / size as f64;
                x[flat(shape, [b, c, i])] / (f64::from(bias) + f64::from(alpha) * mean).powf(f64::from(beta))
            })
            .collect();
        close(&lrn, case.twin().data().f32(), &wanted);
    }
}

/// Laplace's expansion along the first row.
fn laplace(m: &[f64], n: usize) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let term = |column: usize| {
        let rest = (n..n * n).filter(|i| i % n != column).map(|i| m[i]).collect::<Vec<_>>();
        let sign = if column.is_multiple_of(2) { 1.0 } else { -1.0 };
        sign * m[column] * laplace(&rest, n - 1)
    };
    (0..n).map(term).sum()
}

#[test]
fn det_is_laplaces_expansion() {
    for (case, n) in cases::oddments::dets().into_iter().zip(1_usize..) {
        let x = f64s(&case.reads[0]);
        let wanted: Vec<f64> = x.chunks(n * n).map(|matrix| laplace(matrix, n)).collect();
        close(&case.kernel, case.twin().data().f32(), &wanted);
    }
}

#[test]
fn nll_picks_the_target_of_each_position() {
    for nll in cases::oddments::nlls() {
        let case = cases::oddments::nll(&nll);
        let Nll { batch, classes, inner, ignored, weight } = nll;
        let targets = f64s(&case.reads[case.reads.len() - 2]);
        let weights = f64s(&case.reads[case.reads.len() - 1]);
        let x = f64s(&case.reads[0]);
        let wanted: Vec<f64> = indices([batch, inner])
            .map(|[b, i]| {
                let target = targets[b * inner + i];
                if ignored.map(f64::from) == Some(target) || target < 0.0 || target >= classes as f64 {
                    return 0.0;
                }
                let class = target as usize;
                if weight { weights[class] } else { -weights[class] * x[flat([batch, classes, inner], [b, class, i])] }
            })
            .collect();
        close(&nll, case.twin().data().f32(), &wanted);
    }
}
