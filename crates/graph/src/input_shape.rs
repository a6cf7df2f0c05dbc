//! The shape of an input: what the file leaves open, the caller gives.

use crate::GraphError;
use crate::tensor::element_count;

/// # Errors
/// Dimensions that contradict the file or leave one open, or more elements than can be addressed.
pub(crate) fn input_shape(
    name: &str,
    declared: &[Option<usize>],
    given: Option<&[usize]>,
) -> Result<Vec<usize>, GraphError> {
    let refuse = |reason: String| GraphError::Input { name: name.to_owned(), reason };
    let shape = match given {
        Some(given) => {
            let fits = declared.is_empty() || declared.len() == given.len();
            let fits = fits && declared.iter().zip(given).all(|(declared, &n)| declared.is_none_or(|d| d == n));
            if !fits {
                let open = |dim: &Option<usize>| dim.map_or("?".to_owned(), |n| n.to_string());
                let wanted = declared.iter().map(open).collect::<Vec<_>>().join(" x ");
                return Err(refuse(format!("the model wants {wanted}, the data is {given:?}")));
            }
            given.to_vec()
        }
        None => declared
            .iter()
            .copied()
            .collect::<Option<Vec<usize>>>()
            .ok_or_else(|| refuse("its dimensions are open and none were given".to_owned()))?,
    };
    match element_count(&shape) {
        Some(len) if len <= i32::MAX as usize => Ok(shape),
        _ => Err(refuse(format!("a tensor of shape {shape:?} is larger than any adapter can hold"))),
    }
}
