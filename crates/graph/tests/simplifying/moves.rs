//! Moves that move nothing, chains of moves, equal nodes.

use crate::model::{Model, perm};

#[test]
fn moves_that_move_nothing_go_and_chains_become_one() {
    let mut model = Model::default();
    let x = model.input(&[2, 3, 4, 1]);
    let pads = model.integers(&[0; 8]);
    let (flat, cube) = (model.integers(&[6, 4]), model.integers(&[3, 2, 4]));
    let one = model.number(1.0);
    let value = model.op("Pad", &[x, pads]);
    let value = model.op("Div", &[value, one]);
    let value = model.op("Reshape", &[value, flat]);
    let value = model.op("Reshape", &[value, cube]);
    let value = model.op_with("Transpose", &[value], &perm(&[1, 0, 2]));
    let y = model.op_with("Transpose", &[value], &perm(&[2, 0, 1]));
    let graph = model.fixed(&[y]);
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    assert_eq!(ops, ["Reshape", "Transpose"]);
    assert_eq!(graph.permutation(&graph.nodes[1]).unwrap(), [2, 1, 0]);
}

#[test]
fn reversing_a_whole_axis_is_no_idle_slice() {
    let mut model = Model::default();
    let x = model.input(&[4]);
    let (start, end, axis, step) =
        (model.integers(&[-1]), model.integers(&[i64::MIN]), model.integers(&[0]), model.integers(&[-1]));
    let reversed = model.op("Slice", &[x, start, end, axis, step]);
    let y = model.op("Abs", &[reversed]);
    assert_eq!(model.ops(&[y]), ["Slice", "Abs"]);
}

#[test]
fn equal_nodes_are_computed_once_and_outputs_keep_their_names() {
    let mut model = Model::default();
    let x = model.input(&[4]);
    let (a, b) = (model.op("Exp", &[x]), model.op("Exp", &[x]));
    let sum = model.op("Add", &[a, b]);
    let again = model.op("Add", &[a, b]);
    let graph = model.fixed(&[sum, again]);
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    assert_eq!(ops, ["Exp", "Add"]);
    assert_eq!(graph.outputs, [sum, sum]);
    assert_eq!(graph.output_names, [format!("v{sum}"), format!("v{again}")]);
}

#[test]
fn transpositions_join_through_a_reshape_that_keeps_axes_whole() {
    // Heads of keys, as they go through batches of matrices: (batch, tokens, heads, channels) to (.., channels, tokens).
    let mut model = Model::default();
    let x = model.input(&[2, 5, 3, 4]);
    let (merged, split) = (model.integers(&[6, 5, 4]), model.integers(&[2, 3, 4, 5]));
    let value = model.op_with("Transpose", &[x], &perm(&[0, 2, 1, 3]));
    let value = model.op("Reshape", &[value, merged]);
    let value = model.op_with("Transpose", &[value], &perm(&[0, 2, 1]));
    let y = model.op("Reshape", &[value, split]);
    let graph = model.fixed(&[y]);
    let [node] = graph.nodes.as_slice() else { panic!("{:?}", graph.nodes) };
    assert_eq!(graph.permutation(node).unwrap(), [0, 2, 3, 1]);
    assert_eq!(graph.dims[graph.outputs[0]], [2, 3, 4, 5]);
}

#[test]
fn transpositions_do_not_join_through_a_reshape_that_cuts_axes() {
    let mut model = Model::default();
    let x = model.input(&[4, 6]);
    let cut = model.integers(&[8, 3]);
    let value = model.op_with("Transpose", &[x], &perm(&[1, 0]));
    let value = model.op("Reshape", &[value, cut]);
    let y = model.op_with("Transpose", &[value], &perm(&[1, 0]));
    assert_eq!(model.ops(&[y]), ["Transpose", "Reshape", "Transpose"]);
}

#[test]
fn windows_of_a_volume_are_moved_in_six_axes() {
    let mut model = Model::default();
    let x = model.input(&[2, 3, 4, 5, 6, 7, 2, 3]);
    let y = model.op_with("Transpose", &[x], &perm(&[0, 1, 3, 5, 2, 4, 6, 7]));
    let graph = model.fixed(&[y]);
    let ops: Vec<&str> = graph.nodes.iter().map(|node| node.op.as_str()).collect();
    assert_eq!(ops, ["Reshape", "Transpose", "Reshape"]);
    assert_eq!(graph.permutation(&graph.nodes[1]).unwrap(), [0, 2, 4, 1, 3, 5]);
    assert_eq!(graph.dims[graph.nodes[1].input(0).unwrap()], [6, 4, 5, 6, 7, 6]);
}
