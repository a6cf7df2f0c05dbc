//! The twins of the kernels that sum up, against the definitions.

use crate::cases::{plain, reduction as of};
use crate::definition::{close, f64s, indices};
use darkroom_kernels::Kernel;
use darkroom_kernels::pool::PoolOp;
use darkroom_kernels::reduce::ReduceOp;

fn reduced(op: ReduceOp, last: bool, line: &[f64]) -> f64 {
    let position = |sign: f64| {
        let best = line.iter().fold(f64::NEG_INFINITY, |best, v| best.max(sign * v));
        let places: Vec<usize> = (0..line.len()).filter(|&k| sign * line[k] == best).collect();
        if last { places[places.len() - 1] as f64 } else { places[0] as f64 }
    };
    match op {
        ReduceOp::Sum => line.iter().sum(),
        ReduceOp::Mean => line.iter().sum::<f64>() / line.len() as f64,
        ReduceOp::Max => line.iter().copied().fold(f64::MIN, f64::max),
        ReduceOp::Min => line.iter().copied().fold(f64::MAX, f64::min),
        ReduceOp::Prod => line.iter().product(),
        ReduceOp::L1 => line.iter().map(|v| v.abs()).sum(),
        ReduceOp::L2 => line.iter().map(|v| v * v).sum::<f64>().sqrt(),
        ReduceOp::SumSquare => line.iter().map(|v| v * v).sum(),
        ReduceOp::LogSum => line.iter().sum::<f64>().ln(),
        ReduceOp::LogSumExp => line.iter().map(|v| v.exp()).sum::<f64>().ln(),
        ReduceOp::ArgMax => position(1.0),
        ReduceOp::ArgMin => position(-1.0),
    }
}

#[test]
fn reductions_take_every_element_of_their_axis_once() {
    for kernel in of::reduces() {
        let case = of::reduce(&kernel);
        let x = f64s(&case.reads[0]);
        let wanted: Vec<f64> = indices([kernel.outer, kernel.inner])
            .map(|[o, i]| {
                let line: Vec<f64> = (0..kernel.len).map(|k| x[(o * kernel.len + k) * kernel.inner + i]).collect();
                let product = reduced(kernel.op, kernel.last, &line);
                // Integers wrap; only products come near it.
                if kernel.element == darkroom_kernels::Element::I32 {
                    f64::from(product as i64 as i32)
                } else {
                    product
                }
            })
            .collect();
        close(&kernel, &case.twin().into_f32(), &wanted);
    }
}

#[test]
fn pools_see_what_lies_under_their_window() {
    for kernel in of::pools() {
        let case = plain(kernel.clone());
        let x = f64s(&case.reads[0]);
        let [depth, height, width] = kernel.in_size;
        let [od, oh, ow] = kernel.out_size;
        let wanted: Vec<f64> = indices([kernel.channels, od, oh, ow])
            .map(|[c, z, y, w]| {
                let (mut seen, mut covered) = (Vec::new(), 0_u32);
                for tap in indices(kernel.kernel) {
                    let at: [i64; 3] = std::array::from_fn(|a| {
                        ([z, y, w][a] * kernel.stride[a] + tap[a] * kernel.dilation[a]) as i64
                            - kernel.pad_begin[a] as i64
                    });
                    let within = |a: usize, margin: usize| at[a] < (kernel.in_size[a] + margin) as i64;
                    covered += u32::from((0..3).all(|a| within(a, kernel.pad_end[a])));
                    if (0..3).all(|a| at[a] >= 0 && within(a, 0)) {
                        let [z, y, w] = at.map(|n| n as usize);
                        seen.push((x[((c * depth + z) * height + y) * width + w], [z, y, w]));
                    }
                }
                let sum: f64 = seen.iter().map(|(v, _)| v).sum();
                let largest = seen.iter().fold(f64::MIN, |best, (v, _)| best.max(*v));
                match kernel.op {
                    PoolOp::Max => largest,
                    PoolOp::Index { columns_first } => {
                        let [z, y, w] = seen.iter().find(|(v, _)| *v == largest).unwrap().1;
                        let flat =
                            if columns_first { (w * height + y) * depth + z } else { (z * height + y) * width + w };
                        (c * depth * height * width + flat) as f64
                    }
                    PoolOp::Average { count_padding: true } => sum / f64::from(covered),
                    PoolOp::Average { count_padding: false } => sum / seen.len() as f64,
                    PoolOp::Lp(p) => {
                        let p = f64::from(p);
                        seen.iter().map(|(v, _)| v.abs().powf(p)).sum::<f64>().powf(1.0 / p)
                    }
                }
            })
            .collect();
        close(&kernel, &case.twin().into_f32(), &wanted);
    }
}

#[test]
fn layer_norms_use_the_statistics_of_their_row() {
    for kernel in of::layer_norms() {
        let case = plain(kernel.clone());
        let (x, scale) = (f64s(&case.reads[0]), f64s(&case.reads[1]));
        let bias = if kernel.bias { f64s(&case.reads[2]) } else { vec![0.0; kernel.len] };
        let mut wanted = Vec::new();
        for row in x.chunks(kernel.len) {
            let count = row.len() as f64;
            let mean = if kernel.rms { 0.0 } else { row.iter().sum::<f64>() / count };
            let spread = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
            let slope = (spread + f64::from(kernel.epsilon)).sqrt();
            wanted.extend(row.iter().enumerate().map(|(k, v)| (v - mean) / slope * scale[k] + bias[k]));
        }
        assert_eq!(kernel.layout()[0].len(), wanted.len());
        close(&kernel, case.twin().data().f32(), &wanted);
    }
}
