//! The twins that pick and place elements by index, against nested loops over coordinates.

use super::cases;
use crate::definition::{close, f64s, flat, indices};
use darkroom_kernels::cumsum::CumSum;
use darkroom_kernels::one_hot::OneHot;
use darkroom_kernels::scatter_reduce::{Reduction, ScatterReduce};
use darkroom_kernels::topk::TopK;
use darkroom_kernels::{Data, Elements};

fn ints(elements: &Elements) -> Vec<i32> {
    elements.data().i32().to_vec()
}

fn same(description: &dyn std::fmt::Debug, got: &Elements, wanted: &[f64]) {
    let got: Vec<f32> = f64s(got).into_iter().map(|v| v as f32).collect();
    close(description, &got, wanted);
}

/// The moved words of a case whose values are float32.
fn moved(case: &cases::Case) -> Vec<f32> {
    Data::U32(case.twin().data().u32()).f32().to_vec()
}

/// A possibly negative index inside its axis.
fn normal(index: i32, extent: i32) -> Option<usize> {
    let index = if index < 0 { index + extent } else { index };
    (index >= 0 && index < extent).then_some(index as usize)
}

#[test]
fn gather_reads_where_indices_say() {
    let [pairs, elements] = cases::indexing::places().map(cases::indexing::gather);
    let (x, at) = (f64s(&pairs.reads[0]), ints(&pairs.reads[1]));
    let wanted: Vec<f64> = indices([5, 3, 11])
        .map(|[a, n, d]| match (normal(at[2 * n], 7), normal(at[2 * n + 1], 9)) {
            (Some(b), Some(c)) => x[flat([5, 7, 9, 11], [a, b, c, d])],
            _ => 0.0,
        })
        .collect();
    assert!(wanted[..11].iter().all(|&v| v == 0.0), "the first index is beyond its axis");
    close(&pairs.kernel, &moved(&pairs), &wanted);
    let (x, at) = (f64s(&elements.reads[0]), ints(&elements.reads[1]));
    let wanted: Vec<f64> = indices([2, 3, 17, 19])
        .map(|i| {
            let index = normal(at[flat([2, 3, 17, 19], i)], 693);
            index.map_or(0.0, |index| x[i[0] * 693 + i[1] * 99 + index])
        })
        .collect();
    close(&elements.kernel, &moved(&elements), &wanted);
}

#[test]
fn scatter_writes_where_indices_say() {
    let [pairs, apart]: [cases::Case; 2] =
        cases::indexing::scatters().into_iter().map(cases::indexing::scatter).collect::<Vec<_>>().try_into().unwrap();
    let (updates, at) = (f64s(&pairs.reads[0]), ints(&pairs.reads[1]));
    let mut wanted = vec![0.0; 3465];
    for [a, n, d] in indices([5, 3, 11]) {
        if let (Some(b), Some(c)) = (normal(at[2 * n], 7), normal(at[2 * n + 1], 9)) {
            wanted[flat([5, 7, 9, 11], [a, b, c, d])] = updates[flat([5, 3, 11], [a, n, d])];
        }
    }
    close(&pairs.kernel, &moved(&pairs), &wanted);
    let (updates, at) = (f64s(&apart.reads[0]), ints(&apart.reads[1]));
    let mut wanted = vec![0.0; 300];
    for [row, n] in indices([3, 40]) {
        wanted[100 * row + normal(at[40 * row + n], 100).unwrap()] = updates[40 * row + n];
    }
    close(&apart.kernel, &moved(&apart), &wanted);
}

#[test]
fn scatter_reduce_joins_every_update_of_an_element() {
    for kernel in cases::indexing::scatter_reduces() {
        let case = cases::indexing::scatter_reduce(kernel.clone());
        let (mut wanted, at, updates) = (f64s(&case.reads[0]), ints(&case.reads[1]), f64s(&case.reads[2]));
        let join = |a: &mut f64, b: f64| {
            *a = match kernel.reduction {
                Reduction::Add => *a + b,
                Reduction::Mul => *a * b,
                Reduction::Min => a.min(b),
                Reduction::Max => a.max(b),
            }
        };
        let ScatterReduce { tensor, .. } = kernel;
        if tensor == 60 {
            for [n, d] in indices([6, 3]) {
                let (a, b) = (normal(at[2 * n], 4), normal(at[2 * n + 1], 5));
                if let (Some(a), Some(b)) = (a, b) {
                    join(&mut wanted[flat([4, 5, 3], [a, b, d])], updates[3 * n + d]);
                }
            }
        } else {
            for i in indices([3, 9, 5]) {
                let n = flat([3, 9, 5], i);
                join(&mut wanted[flat([4, 7, 6], [i[0], normal(at[n], 7).unwrap(), i[2]])], updates[n]);
            }
            // What lies outside the box of the indices is not written.
            for i in indices([4, 7, 6]).filter(|i| i[0] >= 3 || i[2] >= 5) {
                wanted[flat([4, 7, 6], i)] = 0.0;
            }
        }
        same(&kernel, &case.twin(), &wanted);
    }
}

#[test]
fn trilu_keeps_one_side_of_a_diagonal() {
    for trilu in cases::indexing::trilus() {
        let case = cases::plain(trilu.clone());
        let x = f64s(&case.reads[0]);
        let wanted: Vec<f64> = indices([trilu.batch, trilu.rows, trilu.columns])
            .zip(x)
            .map(|([_, row, column], value)| {
                let diagonal = column as i32 - row as i32;
                let kept = if trilu.upper { diagonal >= trilu.diagonal } else { diagonal <= trilu.diagonal };
                if kept { value } else { 0.0 }
            })
            .collect();
        close(&trilu, &moved(&case), &wanted);
    }
}

#[test]
fn cumsum_adds_what_lies_before() {
    for cumsum in cases::indexing::cumsums() {
        let case = cases::indexing::cumsum(cumsum.clone());
        let x = f64s(&case.reads[0]);
        let CumSum { outer, len, inner, exclusive, reverse, .. } = cumsum;
        let wanted: Vec<f64> = indices([outer, len, inner])
            .map(|[o, n, i]| {
                let counts = |m: usize| m == n && !exclusive || if reverse { m > n } else { m < n };
                (0..len).filter(|&m| counts(m)).map(|m| x[flat([outer, len, inner], [o, m, i])]).sum()
            })
            .collect();
        same(&cumsum, &case.twin(), &wanted);
    }
}

#[test]
fn one_hot_marks_the_position_an_index_names() {
    for case in cases::indexing::one_hots() {
        let OneHot { outer, depth, inner } = OneHot { outer: 5, depth: 9, inner: 7 };
        let (at, values) = (ints(&case.reads[0]), f64s(&case.reads[1]));
        let wanted: Vec<f64> = indices([outer, depth, inner])
            .map(|[o, d, i]| values[usize::from(normal(at[o * inner + i], depth as i32) == Some(d))])
            .collect();
        close(&case.kernel, &moved(&case), &wanted);
    }
}

#[test]
fn topk_ranks_elements_by_how_many_come_before_them() {
    for topk in cases::indexing::topks() {
        let case = cases::indexing::topk(topk.clone());
        let x = f64s(&case.reads[0]);
        let TopK { outer, len, inner, k, largest, .. } = topk;
        let at = |o, n, i| x[flat([outer, len, inner], [o, n, i])] * if largest { 1.0 } else { -1.0 };
        let mut wanted = vec![f64::NAN; outer * k * inner];
        for [o, n, i] in indices([outer, len, inner]) {
            let before = |m: usize| at(o, m, i) > at(o, n, i) || at(o, m, i) == at(o, n, i) && m < n;
            let rank = (0..len).filter(|&m| before(m)).count();
            if rank < k {
                wanted[flat([outer, k, inner], [o, rank, i])] = n as f64;
            }
        }
        same(&topk, &case.twin(), &wanted);
    }
}
