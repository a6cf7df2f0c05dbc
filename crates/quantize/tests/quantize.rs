//! Networks exported by PyTorch, quantised, read by our own reader and run by the kernels' CPU twins.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use darkroom_graph::Graph;
use darkroom_kernels::Data;
use darkroom_quantize::{Options, QuantizeError, Report, Runs, Width, quantize};
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

fn unet() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/unet2d/model.onnx")).unwrap()
}

fn options(weights: Width) -> Options {
    Options { weights, keep: vec![], tolerance: None }
}

/// The twins, on repeatable inputs.
struct Twins;

impl Runs for Twins {
    fn run(&mut self, model: &[u8]) -> Result<Vec<Vec<f32>>, String> {
        let program = darkroom_compile::compile(&Graph::read(model).unwrap().specialise(&[]).unwrap()).unwrap();
        let value = |n: usize| (n * 7919 % 997) as f32 / 500.0 - 1.0;
        let inputs: Vec<Vec<f32>> = program.inputs.iter().map(|port| (0..port.len()).map(value).collect()).collect();
        let inputs: Vec<Data<'_>> = inputs.iter().map(|values| Data::F32(values)).collect();
        let outputs = program.run_cpu(&inputs, |_| ControlFlow::Continue(())).unwrap();
        Ok(outputs.into_iter().map(|output| output.into_f32()).collect())
    }
}

fn output_error(model: &[u8], quantised: &[u8]) -> f64 {
    let (wanted, got) = (Twins.run(model).unwrap().concat(), Twins.run(quantised).unwrap().concat());
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    norm(&mut wanted.iter().zip(&got).map(|(a, b)| a - b)) / norm(&mut wanted.iter().copied())
}

fn widths(report: &Report) -> HashMap<&str, Width> {
    report.layers.iter().map(|layer| (layer.node.as_str(), layer.width)).collect()
}

#[test]
fn narrow_weights_give_nearly_the_same_outputs_and_smaller_files() {
    let model = unet();
    for (width, share, error) in [(Width::F16, 0.75, 1e-3), (Width::Int8, 0.6, 2e-2), (Width::Int4, 0.55, 0.2)] {
        let (bytes, report) = quantize(&model, &options(width), None).unwrap();
        assert_eq!((report.bytes_before, report.bytes_after), (model.len(), bytes.len()));
        assert!((bytes.len() as f64) < share * model.len() as f64, "{width:?}: {}", bytes.len());
        assert!(report.layers.iter().any(|layer| layer.width == width), "{width:?}");
        let got = output_error(&model, &bytes);
        // Not zero either: the weights the twins read are the narrow ones.
        assert!(got > error / 100.0 && got < error, "{width:?}: {got}");
    }
}

#[test]
fn layers_that_cost_the_outputs_most_are_kept_wider() {
    let model = unet();
    let strict = Options { tolerance: Some(2e-3), ..options(Width::Int8) };
    let (bytes, report) = quantize(&model, &strict, Some(&mut Twins)).unwrap();
    let measured = output_error(&model, &bytes);
    assert!(measured <= 2e-3, "{measured}");
    assert!((report.output_error.unwrap() - measured).abs() < 1e-9);
    let wide: Vec<_> = report.layers.iter().filter(|layer| layer.width > Width::Int8).collect();
    assert!(!wide.is_empty() && wide.len() < report.layers.len());
    assert!(wide.iter().all(|layer| layer.reason.as_deref() == Some("sensitive")));
    let (_, loose) = quantize(&model, &options(Width::Int8), Some(&mut Twins)).unwrap();
    assert!(loose.layers.iter().all(|layer| layer.width == Width::Int8 && layer.output_error.unwrap() > 0.0));
}

#[test]
fn patterns_keep_layers_as_they_are() {
    let keep = vec!["/enter/*".to_owned(), "*attention/q*".to_owned()];
    let (_, report) = quantize(&unet(), &Options { keep, ..options(Width::Int8) }, None).unwrap();
    let widths = widths(&report);
    assert_eq!(widths["/enter/Conv"], Width::Unchanged);
    assert_eq!(widths["/self_attention/q/MatMul"], Width::Unchanged);
    assert_eq!(widths["/self_attention/k/MatMul"], Width::Int8);
    let unknown = Options { keep: vec!["/nowhere".to_owned()], ..options(Width::Int8) };
    let error = quantize(&unet(), &unknown, None).unwrap_err().to_string();
    assert!(error.starts_with("no layer is called /nowhere; the layers are /enter/Conv, "), "{error}");
}

#[test]
fn everything_else_in_the_file_stays() {
    // Fields of the model that our reader does not know: a doc string (6) and one from the future (4000).
    let mut model = unet();
    model.extend([6 << 3 | 2, 5]);
    model.extend(b"notes");
    model.extend([0x82, 0xfa, 0x01, 4]);
    model.extend(b"more");
    let (bytes, _) = quantize(&model, &options(Width::Int8), None).unwrap();
    let contains = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(contains(b"\x32\x05notes") && contains(b"\x82\xfa\x01\x04more"));
    let (before, after) = (ModelProto::parse_buf(&model).unwrap(), ModelProto::parse_buf(&bytes).unwrap());
    let (before, after) = (before.graph.unwrap(), after.graph.unwrap());
    let debug = |value: &dyn std::fmt::Debug| format!("{value:?}");
    assert_eq!(debug(&after.input), debug(&before.input));
    assert_eq!(debug(&after.output), debug(&before.output));
    assert_eq!(debug(&after.value_info), debug(&before.value_info));
    let old = after.node.iter().filter(|node| node.op_type.as_deref() != Some("DequantizeLinear"));
    assert_eq!(debug(&old.collect::<Vec<_>>()), debug(&before.node.iter().collect::<Vec<_>>()));
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let model = unet();
    for end in (0..model.len()).step_by(61) {
        let _ = quantize(&model[..end], &options(Width::Int4), None);
    }
    let mut noisy = model.clone();
    for at in (0..model.len()).step_by(97) {
        noisy[at] ^= 0x55;
        let _ = quantize(&noisy, &options(Width::Int8), None);
    }
}

fn port(name: &str, dims: &[i64]) -> ValueInfoProto {
    let dim = dims.iter().map(|&n| Dimension { dim_value: Some(n), dim_param: None }).collect();
    let tensor = TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { tensor_type: Some(tensor), sequence: None }),
    }
}

fn node(op: &str, inputs: &[&str], output: &str, ints: &[(&str, &[i64])]) -> NodeProto {
    let attribute = |(name, values): &(&str, &[i64])| AttributeProto {
        name: Some((*name).to_owned()),
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    };
    NodeProto {
        op_type: Some(op.to_owned()),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        attribute: ints.iter().map(attribute).collect(),
        ..NodeProto::default()
    }
}

/// A product with a 64 x 48 matrix, then `then` on its result.
fn product(opset: i64, weight: f32, then: NodeProto) -> Vec<u8> {
    let matrix = TensorProto {
        name: Some("w".to_owned()),
        dims: vec![64, 48],
        data_type: Some(DataType::FLOAT),
        float_data: (0..64 * 48).map(|n| weight * ((n * 31 % 89) as f32 - 44.0)).collect(),
        ..TensorProto::default()
    };
    let model = ModelProto {
        ir_version: Some(8),
        opset_import: vec![OperatorSetIdProto { domain: None, version: Some(opset) }],
        graph: Some(GraphProto {
            node: vec![node("MatMul", &["x", "w"], "y", &[]), then],
            initializer: vec![matrix],
            input: vec![port("x", &[3, 64])],
            output: vec![port("z", &[3, 48])],
            value_info: vec![],
        }),
        ..ModelProto::default()
    };
    model.write_buf().unwrap()
}

#[test]
fn the_operator_set_is_raised_where_nothing_changes_its_meaning() {
    let relu = product(17, 0.01, node("Relu", &["y"], "z", &[]));
    let (bytes, _) = quantize(&relu, &options(Width::Int4), None).unwrap();
    let raised = ModelProto::parse_buf(&bytes).unwrap();
    assert_eq!((raised.opset_import[0].version, raised.ir_version), (Some(21), Some(10)));
    let (bytes, _) = quantize(&relu, &options(Width::Int8), None).unwrap();
    let kept = ModelProto::parse_buf(&bytes).unwrap();
    assert_eq!((kept.opset_import[0].version, kept.ir_version), (Some(17), Some(8)));

    let mean = product(17, 0.01, node("ReduceMean", &["y"], "z", &[("axes", &[1])]));
    let (bytes, _) = quantize(&mean, &options(Width::Int4), None).unwrap();
    let graph = ModelProto::parse_buf(&bytes).unwrap().graph.unwrap();
    let moved = graph.node.last().unwrap();
    assert_eq!((moved.input.len(), moved.attribute.len()), (2, 0));
    let axes = graph.initializer.iter().find(|tensor| tensor.name.as_ref() == Some(&moved.input[1])).unwrap();
    assert_eq!(axes.raw_data.as_ref().unwrap().borrow().as_slice(), 1_i64.to_le_bytes());

    let norm = product(18, 0.01, node("GroupNormalization", &["y", "y", "y"], "z", &[]));
    let error = quantize(&norm, &options(Width::Int4), None).unwrap_err().to_string();
    assert!(
        error.contains("need operator set 21, the model has 18, and node z (GroupNormalization) changed"),
        "{error}"
    );
}

#[test]
fn weights_beyond_float16_stay_float32() {
    let (_, report) = quantize(&unet(), &options(Width::F16), None).unwrap();
    assert!(report.layers.iter().all(|layer| layer.width == Width::F16));
    let large = product(17, 1e4, node("Relu", &["y"], "z", &[]));
    let (_, report) = quantize(&large, &options(Width::F16), None).unwrap();
    assert_eq!(report.layers[0].width, Width::Unchanged);
}

#[test]
fn weights_that_are_not_finite_are_refused_by_name() {
    let model = product(17, f32::NAN, node("Relu", &["y"], "z", &[]));
    let error = quantize(&model, &options(Width::Int8), None).unwrap_err();
    assert!(matches!(&error, QuantizeError::NotFinite(name) if name == "w"), "{error}");
}
