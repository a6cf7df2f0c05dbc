//! `TopK`: read back and sorted, since ties must keep their order on every backend.

use burn_backend::Backend;

use super::{Entry, Results};
use crate::call::Call;
use crate::tensor::{Int, Value};

pub(super) fn table<B: Backend>() -> Vec<Entry<B>> {
    vec![Entry::full("TopK", top)]
}

fn top<B: Backend>(call: &mut Call<'_, B>) -> Results<B> {
    let axis = call.own_axis(-1)?;
    let largest = call.whole("largest", 1) != 0;
    let result = call.result_dims(0).to_vec();
    let x = call.value(0)?;
    let dims = x.dims();
    let values: Vec<f64> = match x.clone() {
        Value::Float(x) => x.read()?.into_iter().map(f64::from).collect(),
        other => other.int().read()?.into_iter().map(f64::from).collect(),
    };
    let (len, count) = (dims[axis], result[axis]);
    let inner: usize = dims[axis + 1..].iter().product();
    let mut places = vec![0; result.iter().product()];
    for outer in 0..dims[..axis].iter().product::<usize>() {
        for column in 0..inner {
            let value = |n: &usize| values[(outer * len + n) * inner + column];
            let mut order: Vec<usize> = (0..len).collect();
            // A stable sort keeps the earlier of two equal elements first.
            order.sort_by(|a, b| {
                let rising = value(a).total_cmp(&value(b));
                if largest { rising.reverse() } else { rising }
            });
            for (n, &place) in order.iter().take(count).enumerate() {
                places[(outer * count + n) * inner + column] = place as i32;
            }
        }
    }
    let places = Int::new(places, &result, call.device);
    Ok(vec![x.gather(axis, places.clone()), Value::Int(places)])
}
