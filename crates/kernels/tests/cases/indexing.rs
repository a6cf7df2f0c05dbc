//! Cases of the kernels that pick and place elements by index.

use darkroom_kernels::cumsum::CumSum;
use darkroom_kernels::gather::Gather;
use darkroom_kernels::indexed::{Indexed, Pick};
use darkroom_kernels::one_hot::OneHot;
use darkroom_kernels::scatter::Scatter;
use darkroom_kernels::scatter_reduce::{Reduction, ScatterReduce};
use darkroom_kernels::topk::TopK;
use darkroom_kernels::trilu::Trilu;
use darkroom_kernels::{Element, Elements};

use super::{Case, noise};

/// Repeatable integers from `low` to `high`, the latter excluded.
pub(crate) fn integers(seed: u64, len: usize, low: i32, high: i32) -> Vec<i32> {
    let width = (high - low) as f32;
    noise(seed, len).into_iter().map(|v| low + ((v + 1.0) / 2.0 * width).min(width - 1.0) as i32).collect()
}

/// Values with many equal ones, of either type.
fn numbers(element: Element, seed: u64, len: usize) -> Elements {
    let values = integers(seed, len, -9, 10);
    match element {
        Element::I32 => Elements::I32(values),
        _ => Elements::F32(values.into_iter().map(|v| v as f32 / 2.0).collect()),
    }
}

/// A tensor (5, 7, 9, 11) whose second and third coordinates are read from indices (3, 2), one pair a
/// row; then one whose last coordinate is read from indices of their own for each element.
pub(crate) fn places() -> [Indexed; 2] {
    let pairs = Indexed {
        dims: [1, 1, 1, 5, 3, 11],
        strides: [0, 0, 0, 693, 0, 1],
        index_strides: [0, 0, 0, 0, 2, 0],
        picks: vec![Pick { extent: 7, step: 99 }, Pick { extent: 9, step: 11 }],
        tensor: 3465,
        indices: 6,
    };
    let elements = Indexed {
        dims: [1, 1, 2, 3, 17, 19],
        strides: [0, 0, 693, 99, 0, 0],
        index_strides: [0, 0, 969, 323, 19, 1],
        picks: vec![Pick { extent: 693, step: 1 }],
        tensor: 3465,
        indices: 1938,
    };
    [pairs, elements]
}

/// Indices from both ends, one of them beyond.
pub(crate) fn gather(from: Indexed) -> Case {
    let extent = from.picks[0].extent as i32;
    let mut indices = integers(3, from.indices, -extent, extent);
    indices[0] = 2 * extent;
    let reads = vec![Elements::F32(noise(1, from.tensor)), Elements::I32(indices)];
    Case { kernel: Box::new(Gather { from }), reads }
}

/// Updates that all go to different places.
pub(crate) fn scatters() -> Vec<(Scatter, Vec<i32>)> {
    let [pairs, _] = places();
    let apart = Indexed {
        dims: [1, 1, 1, 1, 3, 40],
        strides: [0, 0, 0, 0, 100, 0],
        index_strides: [0, 0, 0, 0, 40, 1],
        picks: vec![Pick { extent: 100, step: 1 }],
        tensor: 300,
        indices: 120,
    };
    let spread = (0..120).map(|n| (n * 7) % 100 - if n % 3 == 0 { 100 } else { 0 }).collect();
    vec![(Scatter { to: pairs }, vec![0, 3, -1, 4, 70, 0]), (Scatter { to: apart }, spread)]
}

pub(crate) fn scatter((kernel, indices): (Scatter, Vec<i32>)) -> Case {
    let reads = vec![Elements::F32(noise(1, kernel.to.dims.iter().product())), Elements::I32(indices)];
    Case { kernel: Box::new(kernel), reads }
}

/// `ScatterND` of 6 rows into (4, 5, 3), and `ScatterElements` of (3, 9, 5) along the second axis of (4, 7, 6).
pub(crate) fn scatter_reduces() -> Vec<ScatterReduce> {
    let mut all = Vec::new();
    for reduction in [Reduction::Add, Reduction::Mul, Reduction::Min, Reduction::Max] {
        for element in [Element::F32, Element::I32] {
            let rows = ScatterReduce {
                reduction,
                element,
                dims: [1, 1, 1, 1, 20, 3],
                strides: [0, 0, 0, 0, 3, 1],
                index_strides: [0; 6],
                update_strides: [0, 0, 0, 0, 0, 1],
                sought: [false, false, false, false, true, false],
                picks: vec![Pick { extent: 4, step: 15 }, Pick { extent: 5, step: 3 }],
                count: 6,
                index_step: 2,
                update_step: 3,
                tensor: 60,
                indices: 12,
                updates: 18,
            };
            let lines = ScatterReduce {
                dims: [1, 1, 1, 3, 7, 5],
                strides: [0, 0, 0, 42, 6, 1],
                index_strides: [0, 0, 0, 45, 0, 1],
                update_strides: [0, 0, 0, 45, 0, 1],
                picks: vec![Pick { extent: 7, step: 6 }],
                count: 9,
                index_step: 5,
                update_step: 5,
                tensor: 168,
                indices: 135,
                updates: 135,
                ..rows.clone()
            };
            all.extend([rows, lines]);
        }
    }
    all
}

pub(crate) fn scatter_reduce(kernel: ScatterReduce) -> Case {
    let extent = kernel.picks[0].extent as i32;
    let element = kernel.element;
    let reads = vec![
        numbers(element, 1, kernel.tensor),
        Elements::I32(integers(2, kernel.indices, -extent, extent)),
        numbers(element, 3, kernel.updates),
    ];
    Case { kernel: Box::new(kernel), reads }
}

pub(crate) fn trilus() -> Vec<Trilu> {
    [(true, 0), (true, 3), (false, -2), (false, 1), (true, -40), (false, 40)]
        .map(|(upper, diagonal)| Trilu { batch: 3, rows: 9, columns: 13, diagonal, upper })
        .to_vec()
}

pub(crate) fn cumsums() -> Vec<CumSum> {
    let mut all = Vec::new();
    for element in [Element::F32, Element::I32] {
        for (exclusive, reverse) in [(false, false), (true, false), (false, true), (true, true)] {
            all.push(CumSum { element, outer: 3, len: 7, inner: 37, exclusive, reverse });
        }
    }
    all
}

pub(crate) fn cumsum(kernel: CumSum) -> Case {
    let reads = vec![numbers(kernel.element, 1, kernel.outer * kernel.len * kernel.inner)];
    Case { kernel: Box::new(kernel), reads }
}

/// Positions counted from both ends, and some beyond the depth.
pub(crate) fn one_hots() -> Vec<Case> {
    let kernel = OneHot { outer: 5, depth: 9, inner: 7 };
    let reads = vec![Elements::I32(integers(1, 35, -12, 12)), Elements::F32(vec![-0.5, 2.0])];
    vec![Case { kernel: Box::new(kernel), reads }]
}

pub(crate) fn topks() -> Vec<TopK> {
    let mut all = Vec::new();
    for element in [Element::F32, Element::I32] {
        for largest in [false, true] {
            all.push(TopK { element, outer: 2, len: 131, inner: 3, k: 17, largest });
            all.push(TopK { element, outer: 1, len: 3, inner: 1, k: 3, largest });
        }
    }
    all
}

pub(crate) fn topk(kernel: TopK) -> Case {
    let reads = vec![numbers(kernel.element, 1, kernel.outer * kernel.len * kernel.inner)];
    Case { kernel: Box::new(kernel), reads }
}

/// Every case of this family.
pub(crate) fn all() -> Vec<Case> {
    let mut all: Vec<Case> = places().into_iter().map(gather).collect();
    all.extend(scatters().into_iter().map(scatter));
    all.extend(scatter_reduces().into_iter().map(scatter_reduce));
    all.extend(trilus().into_iter().map(super::plain));
    all.extend(cumsums().into_iter().map(cumsum));
    all.extend(one_hots());
    all.extend(topks().into_iter().map(topk));
    all
}
