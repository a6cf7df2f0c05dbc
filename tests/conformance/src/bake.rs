//! Which inputs of a case become constants: those that Darkroom must know before a run.
//!
//! A network's shapes, axes and weights are in its file; the node tests give them as inputs. Only
//! what an operator's table entry says it must know is baked, so that no case passes because all of
//! it was folded away.

use std::collections::BTreeSet;

use darkroom_compile::{OPERATORS, Operator};

use crate::Model;
use crate::model::Step;

/// Operators that no kernel computes and that need not know all their operands: they give a shape,
/// their operand itself, or what their subgraphs compute.
const NEED_NO_VALUE: [&str; 6] = ["Dropout", "Identity", "If", "Loop", "Shape", "Size"];

/// Names of the inputs of `model` from which an operand is computed that its operator must know.
#[must_use]
pub fn baked(model: &Model) -> BTreeSet<String> {
    let mut known: BTreeSet<&str> = model.steps.iter().flat_map(must_know).collect();
    // Nodes are sorted, so one pass from the end sees every consumer before its producer.
    for step in model.steps.iter().rev() {
        let is_known = step.outputs.iter().any(|output| known.contains(output.as_str()));
        // What these give is known without knowing the values they read.
        if is_known && !matches!(step.op.as_str(), "Shape" | "Size") {
            known.extend(step.inputs.iter().chain(&step.bodies).map(String::as_str));
        }
    }
    model.inputs.iter().filter(|name| known.contains(name.as_str())).cloned().collect()
}

/// What the table says of an operator that Darkroom lists as supported.
pub(crate) fn entry(operator: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|entry| entry.name == operator)
}

/// The operands that `step` must know.
fn must_know(step: &Step) -> impl Iterator<Item = &str> {
    let entry = entry(&step.op);
    let needs_all = entry.is_some_and(|entry| !entry.runs() && !NEED_NO_VALUE.contains(&entry.name));
    let is_known = move |index: &usize| needs_all || entry.is_some_and(|entry| entry.known.contains(index));
    step.inputs.iter().enumerate().filter(move |(index, _)| is_known(index)).map(|(_, name)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(op: &str, inputs: &[&str], output: &str) -> Step {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Step { op: op.to_owned(), inputs: owned(inputs), bodies: vec![], outputs: owned(&[output]) }
    }

    #[test]
    fn what_a_shape_is_computed_from_is_baked_and_what_only_has_one_is_not() {
        let model = Model {
            inputs: ["x", "y", "n"].map(str::to_owned).to_vec(),
            steps: vec![
                step("Shape", &["y"], "dims"),
                step("Cast", &["n"], "number"),
                step("Concat", &["dims", "number"], "shape"),
                step("Reshape", &["x", "shape"], "result"),
            ],
            ..Model::default()
        };
        assert_eq!(baked(&model).into_iter().collect::<Vec<_>>(), ["n"]);
    }

    #[test]
    fn what_a_subgraph_must_know_is_known_around_it() {
        let handed = step("", &["turns", "", "y"], "state");
        let body = step("Reshape", &["x", "state"], "result");
        let model = Model {
            inputs: ["x", "y", "z", "turns"].map(str::to_owned).to_vec(),
            steps: vec![handed, body, Step { bodies: vec!["result".to_owned()], ..step("If", &["z"], "out") }],
            ..Model::default()
        };
        assert_eq!(baked(&model).into_iter().collect::<Vec<_>>(), ["turns", "y"]);
    }
}
