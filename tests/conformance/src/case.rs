//! One case on one executor.

use std::panic::AssertUnwindSafe;

use darkroom_kernels::Elements;
use futures_util::FutureExt;

use crate::bake::baked;
use crate::compare::difference;
use crate::prepared::Prepared;
use crate::wheel::{Case, DataSet};
use crate::{ConformanceError, Executor, Model, Value};

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The executor gave what the case wants.
    Passed,
    /// The result is right, but all of it was known before the run.
    Folded,
    /// It uses an operator that is not listed as supported.
    Unlisted(String),
    /// Its inputs or outputs are not tensors of numbers.
    NoTensors(String),
    /// It was refused, or the result is wrong.
    Failed(String),
}

/// Runs `case` and compares all its data sets.
///
/// # Errors
/// The case itself cannot be read.
pub async fn judge(case: &Case, executor: &mut impl Executor) -> Result<Verdict, ConformanceError> {
    let model = Model::read(&case.model)?;
    if let Some(reason) = &model.no_tensors {
        return Ok(Verdict::NoTensors(reason.clone()));
    }
    if let Some(op) = model.operators.iter().find(|op| !executor.lists(op)) {
        return Ok(Verdict::Unlisted(op.clone()));
    }
    let must_know = baked(&model);
    let mut verdict = Verdict::Passed;
    for set in &case.sets {
        let data = match Data::decode(&model, set) {
            Err(ConformanceError::NoTensor(reason)) => return Ok(Verdict::NoTensors(reason)),
            data => data?,
        };
        let (known, inputs): (Vec<_>, Vec<_>) =
            data.inputs.into_iter().partition(|(name, _)| must_know.contains(*name));
        // A panic is a failure of this case, not the end of the others.
        let attempt = AssertUnwindSafe(attempt(&case.model, &known, &inputs, executor)).catch_unwind().await;
        let (folded, outputs) = match attempt.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(outcome) => outcome,
            Err(reason) => return Ok(Verdict::Failed(reason)),
        };
        if outputs.len() != data.outputs.len() {
            return Ok(Verdict::Failed(format!("{} outputs, wanted are {}", outputs.len(), data.outputs.len())));
        }
        for ((name, got), wanted) in model.outputs.iter().zip(&outputs).zip(&data.outputs) {
            if let Some(reason) = difference(got, wanted) {
                return Ok(Verdict::Failed(format!("output {name}: {reason}")));
            }
        }
        if folded || inputs.is_empty() {
            verdict = Verdict::Folded;
        }
    }
    Ok(verdict)
}

/// Whether all results were known before the run, and the results.
async fn attempt(
    model: &[u8],
    known: &[(&str, Value)],
    inputs: &[(&str, Value)],
    executor: &mut impl Executor,
) -> Result<(bool, Vec<Value>), String> {
    let prepared = Prepared::new(model, known, inputs)?;
    let elements: Vec<_> = prepared.inputs.iter().map(Elements::data).collect();
    let results = executor.run(&prepared.graph, &elements).await?;
    Ok((prepared.is_folded(), prepared.outputs(results)))
}

/// A data set, decoded.
struct Data<'a> {
    inputs: Vec<(&'a str, Value)>,
    outputs: Vec<Value>,
}

impl<'a> Data<'a> {
    fn decode(model: &'a Model, set: &DataSet) -> Result<Self, ConformanceError> {
        let inputs = model.inputs.iter().zip(&set.inputs);
        let outputs = model.outputs.iter().zip(&set.outputs);
        let input = |(name, bytes): (&'a String, &Vec<u8>)| {
            Ok((name.as_str(), Value::decode(&format!("input {name}"), bytes)?))
        };
        let output = |(name, bytes): (&String, &Vec<u8>)| Value::decode(&format!("output {name}"), bytes);
        Ok(Self {
            inputs: inputs.map(input).collect::<Result<_, ConformanceError>>()?,
            outputs: outputs.map(output).collect::<Result<_, _>>()?,
        })
    }
}
