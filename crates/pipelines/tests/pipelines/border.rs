//! What a network of one's own sees past the border of a volume: zeros, whatever the normalisation.

use crate::support::go_on;
use darkroom_graph::Graph;
use darkroom_imaging::{Unit, Volume};
use darkroom_pipelines::{Backend, Description, EnhanceOptions, Enhancer, Normalisation, TileSize};
use pollster::block_on;
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

const EDGE: usize = 10;

/// A network that replaces each voxel by the sum of the 27 around it.
fn sums() -> Vec<u8> {
    let port = |name: &str| {
        let dim = |n: Option<i64>| Dimension { dim_value: n, dim_param: n.is_none().then(|| "n".to_owned()) };
        let dim = [Some(1), Some(1), None, None, None].map(dim).to_vec();
        let tensor = TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: Some(TensorShapeProto { dim }) };
        let tensor = Some(TypeProto { tensor_type: Some(tensor), sequence: None });
        ValueInfoProto { name: Some(name.to_owned()), r#type: tensor }
    };
    let ones = TensorProto {
        name: Some("ones".to_owned()),
        dims: vec![1, 1, 3, 3, 3],
        data_type: Some(DataType::FLOAT),
        float_data: vec![1.0; 27],
        ..TensorProto::default()
    };
    let pads = AttributeProto {
        name: Some("pads".to_owned()),
        ints: vec![1; 6],
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    };
    let sum = NodeProto {
        op_type: Some("Conv".to_owned()),
        input: vec!["x".to_owned(), "ones".to_owned()],
        output: vec!["y".to_owned()],
        attribute: vec![pads],
        ..NodeProto::default()
    };
    let graph = GraphProto {
        node: vec![sum],
        initializer: vec![ones],
        input: vec![port("x")],
        output: vec![port("y")],
        value_info: Vec::new(),
    };
    let opset = OperatorSetIdProto { domain: None, version: Some(17) };
    let model =
        ModelProto { ir_version: Some(8), opset_import: vec![opset], graph: Some(graph), ..ModelProto::default() };
    model.write_buf().unwrap()
}

/// A CT-like ramp from air to water.
fn ramp() -> Volume {
    let values = (0..EDGE.pow(3)).map(|at| -1000.0 + (at * 7919 % 1001) as f32).collect();
    let affine = [[2.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]];
    Volume::new([EDGE; 3], values, affine, Unit::Hounsfield).unwrap()
}

fn summed(normalisation: Normalisation, multiple: usize) -> Vec<f32> {
    let network = sums();
    let guess = Description::guess(&Graph::read(&network).unwrap(), "sums.onnx").unwrap();
    let tile = TileSize { inner: 16, halo: 2, multiple };
    let (_, package) = Description { normalisation, tile, ..guess }.manifest(&network).unwrap();
    let mut enhancer = block_on(Enhancer::open(package, Backend::cpu())).unwrap();
    block_on(enhancer.run(&ramp(), &EnhanceOptions::default(), &mut go_on)).unwrap().volume.data
}

#[test]
fn a_padded_tile_gives_what_the_bare_volume_gives() {
    let window = Normalisation::Window { low: -1000.0, high: 0.0 };
    for normalisation in [window, Normalisation::MinMax, Normalisation::ZScore, Normalisation::None] {
        // Tiles of 10 voxels fit the volume; tiles of a multiple of 16 reach past its far faces.
        let (bare, padded) = (summed(normalisation, 1), summed(normalisation, 16));
        let error = bare.iter().zip(&padded).fold(0.0_f32, |error, (a, b)| error.max((a - b).abs()));
        assert!(error < 0.1, "{normalisation:?}: largest difference {error} HU");
    }
}
