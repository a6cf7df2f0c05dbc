//! LSTM, GRU and the plain recurrent network.

use crate::shape::{Fact, Operands};
use crate::{GraphError, Node};

/// The results: all hidden states, the last one, and for `LSTM` the last cell state.
pub(super) fn infer(node: &Node, operands: &Operands<'_>) -> Result<Vec<Fact>, GraphError> {
    let (x, r) = (operands.dims(node, 0)?, operands.dims(node, 2)?);
    let (&[first, second, _], &[directions, _, hidden]) = (x, r) else {
        return Err(node.refuse(format!("an input of shape {x:?} with recurrent weights of shape {r:?}")));
    };
    let batch_first = node.attributes.int("layout").unwrap_or(0) != 0;
    let (all, last) = if batch_first {
        (vec![first, second, directions, hidden], vec![first, directions, hidden])
    } else {
        (vec![first, directions, second, hidden], vec![directions, second, hidden])
    };
    let element = operands.element(0);
    let fact = |dims: &[usize]| Fact { dims: dims.to_vec(), element };
    Ok(vec![fact(&all), fact(&last), fact(&last)])
}
