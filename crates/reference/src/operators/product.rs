//! Matrix products.

use burn_backend::Backend;

use super::{Entry, Results, float};
use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::Float;

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![
        Entry::full("MatMul", |call| {
            let (a, b) = (call.float(0)?, call.float(1)?);
            let dims = call.result_dims(0).to_vec();
            float(product(call, a, b)?.reshape(&dims))
        }),
        Entry::full("Gemm", gemm),
        Entry::full("Det", determinant),
    ]
}

/// The matrix product of two tensors; vectors are a row on the left and a column on the right.
pub(super) fn product<B: Backend>(call: &Call<'_, B>, a: Float<B>, b: Float<B>) -> Result<Float<B>, ReferenceError> {
    let (left, right) = (a.dims(), b.dims());
    let a = if left.len() == 1 { a.reshape(&[1, left[0]]) } else { a };
    let b = if right.len() == 1 { b.reshape(&[right[0], 1]) } else { b };
    let (columns, rows) = (a.dims().last().copied(), b.dims().iter().nth_back(1).copied());
    if columns != rows {
        return Err(call.refuse(format!("a product of {left:?} and {right:?}")));
    }
    Ok(a.matmul(b))
}

/// alpha A B + beta C.
fn gemm<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (alpha, beta) = (call.number("alpha", 1.0), call.number("beta", 1.0));
    let (a, b) = (call.float(0)?, call.float(1)?);
    let a = if call.flag("transA") { a.transposed() } else { a };
    let b = if call.flag("transB") { b.transposed() } else { b };
    let y = product(call, a, b)?;
    let y = if alpha == 1.0 { y } else { y * alpha };
    match call.optional_float(2)? {
        Some(c) => float(y + if beta == 1.0 { c } else { c * beta }),
        None => float(y),
    }
}

/// Determinants, read back and eliminated with pivots in float64.
fn determinant<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let (dims, result) = (call.dims(0).to_vec(), call.result_dims(0).to_vec());
    let [.., n, columns] = dims[..] else { return Err(call.refuse("its operand is no matrix")) };
    if n != columns {
        return Err(call.refuse(format!("a matrix of {n} x {columns}")));
    }
    let values = call.float(0)?.read()?;
    let determinants = values.chunks(n * n).map(|matrix| eliminated(matrix.iter().map(|&x| f64::from(x)).collect(), n));
    float(Float::new(determinants.map(|x| x as f32).collect(), &result, call.device))
}

fn eliminated(mut matrix: Vec<f64>, n: usize) -> f64 {
    let mut product = 1.0;
    for column in 0..n {
        let size = |row: &usize| matrix[row * n + column].abs();
        let pivot = (column..n).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(column);
        if matrix[pivot * n + column] == 0.0 {
            return 0.0;
        }
        if pivot != column {
            (0..n).for_each(|k| matrix.swap(pivot * n + k, column * n + k));
            product = -product;
        }
        product *= matrix[column * n + column];
        for row in column + 1..n {
            let factor = matrix[row * n + column] / matrix[column * n + column];
            for k in column..n {
                matrix[row * n + k] -= factor * matrix[column * n + k];
            }
        }
    }
    product
}
