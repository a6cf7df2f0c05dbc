//! Cases of the kernels that sum up: reductions, pooling, layer normalisation.

use darkroom_kernels::layer_norm::LayerNorm;
use darkroom_kernels::pool::{Pool, PoolOp};
use darkroom_kernels::reduce::{Reduce, ReduceOp};
use darkroom_kernels::{Element, Elements, Kernel};

use super::{Case, noise, plain};

const FLOATS: [ReduceOp; 12] = [
    ReduceOp::Sum,
    ReduceOp::Mean,
    ReduceOp::Max,
    ReduceOp::Min,
    ReduceOp::Prod,
    ReduceOp::L1,
    ReduceOp::L2,
    ReduceOp::SumSquare,
    ReduceOp::LogSum,
    ReduceOp::LogSumExp,
    ReduceOp::ArgMax,
    ReduceOp::ArgMin,
];

const INTS: [ReduceOp; 8] = [
    ReduceOp::Sum,
    ReduceOp::Max,
    ReduceOp::Min,
    ReduceOp::Prod,
    ReduceOp::L1,
    ReduceOp::SumSquare,
    ReduceOp::ArgMax,
    ReduceOp::ArgMin,
];

/// Rows shorter and longer than a workgroup, and columns.
pub(crate) fn reduces() -> Vec<Reduce> {
    let shapes = [(5, 3, 1), (3, 131, 1), (2, 9, 70), (1, 64, 1), (4, 1, 3)];
    let floats = FLOATS.map(|op| (op, Element::F32));
    let ints = INTS.map(|op| (op, Element::I32));
    let all = floats.into_iter().chain(ints);
    let last = |n: usize| n % 2 == 1;
    all.flat_map(|(op, element)| {
        shapes.map(|(outer, len, inner)| Reduce { op, element, outer, len, inner, last: last(len / 3 + inner) })
    })
    .collect()
}

/// Values above zero for logarithms; near one for products; few distinct ones where positions tie.
pub(crate) fn reduce(kernel: &Reduce) -> Case {
    let len = kernel.layout()[0].len();
    let x = noise(7, len).into_iter();
    let reads = if kernel.element == Element::I32 {
        Elements::I32(x.map(|v| (v * 6.0) as i32).collect())
    } else {
        Elements::F32(match kernel.op {
            ReduceOp::LogSum => x.map(|v| v.abs() + 0.1).collect(),
            ReduceOp::Prod => x.map(|v| 1.0 + 0.1 * v).collect(),
            ReduceOp::ArgMax | ReduceOp::ArgMin => x.map(|v| (v * 4.0).round()).collect(),
            _ => x.collect(),
        })
    };
    Case { kernel: Box::new(kernel.clone()), reads: vec![reads] }
}

pub(crate) fn pools() -> Vec<Pool> {
    let plane = Pool {
        op: PoolOp::Max,
        channels: 3,
        in_size: [1, 7, 9],
        out_size: [1, 4, 5],
        kernel: [1, 3, 3],
        stride: [1, 2, 2],
        dilation: [1; 3],
        pad_begin: [0, 1, 1],
        pad_end: [0, 1, 1],
    };
    // The last window reaches beyond the padding, as with ceil_mode.
    let volume = Pool {
        channels: 2,
        in_size: [5, 6, 7],
        out_size: [3, 3, 4],
        kernel: [2, 3, 2],
        stride: [2, 2, 2],
        dilation: [1, 1, 2],
        pad_begin: [0, 1, 1],
        pad_end: [0, 0, 1],
        ..plane
    };
    let ops = [
        PoolOp::Max,
        PoolOp::Index { columns_first: false },
        PoolOp::Index { columns_first: true },
        PoolOp::Average { count_padding: false },
        PoolOp::Average { count_padding: true },
        PoolOp::Lp(2.0),
        PoolOp::Lp(3.0),
    ];
    ops.into_iter().flat_map(|op| [Pool { op, ..plane.clone() }, Pool { op, ..volume.clone() }]).collect()
}

pub(crate) fn layer_norms() -> Vec<LayerNorm> {
    let variants = [(false, false), (false, true), (true, false), (true, true)];
    variants
        .into_iter()
        .flat_map(|(rms, bias)| [(5, 3), (3, 130)].map(|(rows, len)| LayerNorm { rows, len, epsilon: 1e-5, rms, bias }))
        .collect()
}

/// Every case.
pub(crate) fn all() -> Vec<Case> {
    let mut all: Vec<Case> = reduces().iter().map(reduce).collect();
    all.extend(pools().into_iter().map(plain));
    all.extend(layer_norms().into_iter().map(plain));
    all
}
