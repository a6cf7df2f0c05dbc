//! The operators, a file a family, and the table of them all.

mod activation;
mod attention;
mod binary;
mod convolution;
mod einsum;
mod gather;
mod layout;
mod loss;
mod normalisation;
mod pad;
mod pooling;
mod product;
mod quantisation;
mod recurrent;
mod reduction;
mod resize;
mod sampling;
mod scatter;
mod shifted;
mod sorting;
mod spectral;
mod unary;
mod unpooling;

use burn_backend::Backend;

use crate::ReferenceError;
use crate::call::Call;
use crate::tensor::{Bool, Float, Int, Value};

/// What an operator gives: its outputs in order.
pub(crate) type Results<B> = Result<Vec<Value<B>>, ReferenceError>;

/// The function that runs an operator.
pub(crate) type Operation<B> = fn(&mut Call<'_, B>) -> Results<B>;

/// An operator that this executor runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Its ONNX name.
    pub name: &'static str,
    /// What it does not do, in a few words; empty when it does all that ONNX defines on 32-bit elements.
    pub limits: &'static str,
}

/// A row of the table.
struct Entry<B: Backend> {
    operator: Operator,
    run: Operation<B>,
}

impl<B: Backend> Entry<B> {
    /// An operator without limits.
    fn full(name: &'static str, run: Operation<B>) -> Self {
        Self::limited(name, "", run)
    }

    /// An operator with limits.
    fn limited(name: &'static str, limits: &'static str, run: Operation<B>) -> Self {
        Self { operator: Operator { name, limits }, run }
    }
}

/// Every operator, family by family.
fn table<B: Backend>() -> Vec<Entry<B>> {
    [
        activation::table(),
        attention::table(),
        binary::table(),
        convolution::table(),
        einsum::table(),
        gather::table(),
        layout::table(),
        loss::table(),
        normalisation::table(),
        pad::table(),
        pooling::table(),
        product::table(),
        quantisation::table(),
        recurrent::table(),
        reduction::table(),
        resize::table(),
        sampling::table(),
        scatter::table(),
        sorting::table(),
        spectral::table(),
        unary::table(),
        unpooling::table(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every operator that this executor runs, sorted by name.
#[must_use]
pub fn operators() -> Vec<Operator> {
    let mut operators: Vec<Operator> = table::<crate::Cpu>().into_iter().map(|entry| entry.operator).collect();
    operators.sort_unstable_by_key(|operator| operator.name);
    operators
}

/// What runs the operator called `name`.
pub(crate) fn find<B: Backend>(name: &str) -> Option<Operation<B>> {
    table().into_iter().find(|entry| entry.operator.name == name).map(|entry| entry.run)
}

/// A single float result.
fn float<B: Backend>(tensor: Float<B>) -> Results<B> {
    Ok(vec![Value::Float(tensor)])
}

/// A single integer result.
fn int<B: Backend>(tensor: Int<B>) -> Results<B> {
    Ok(vec![Value::Int(tensor)])
}

/// A single result of truth values.
fn bool<B: Backend>(tensor: Bool<B>) -> Results<B> {
    Ok(vec![Value::Bool(tensor)])
}
