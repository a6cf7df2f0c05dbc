//! From the bytes of an ONNX file to a [`Graph`]. The wire format is `rten-onnx`'s business.

use std::collections::{HashMap, HashSet};

use rten_onnx::onnx;

use crate::graph::{Graph, InputSpec, Node, Subgraph, ValueId};
use crate::order::in_order;
use crate::tensor::element_count;
use crate::{Attribute, Attributes, ElementType, GraphError, Tensor, TensorData, guard};

/// The oldest default operator set that is read: since it shapes broadcast as in NumPy. Models of sets
/// before 11 run as far as their operators kept their form.
const OLDEST_OPSET: i64 = 7;

impl Graph {
    /// Reads a model.
    ///
    /// # Errors
    /// Bytes that are no ONNX model, an operator set before 7, external data, tensors
    /// whose data does not match their shape, operands that nothing produces, cycles.
    pub fn read(bytes: &[u8]) -> Result<Self, GraphError> {
        guard::check(bytes)?;
        let model = onnx::ModelProto::parse_buf(bytes).map_err(|error| GraphError::Protobuf(error.to_string()))?;
        let opset = model
            .opset_import
            .iter()
            .find(|set| set.domain.as_deref().unwrap_or("").is_empty())
            .and_then(|set| set.version)
            .ok_or_else(|| GraphError::Protobuf("no operator set is named".to_owned()))?;
        if opset < OLDEST_OPSET {
            return Err(GraphError::Unsupported(format!(
                "operator set {opset} (the model is older than set {OLDEST_OPSET}; export it again)"
            )));
        }
        let proto = model.graph.ok_or_else(|| GraphError::Protobuf("it holds no graph".to_owned()))?;
        let mut reader = Reader::default();
        for tensor in &proto.initializer {
            let id = reader.value(tensor.name.as_deref().unwrap_or(""));
            reader.constants[id] = Some(read_tensor(tensor)?);
        }
        let inputs =
            proto.input.iter().filter_map(|info| reader.input(info).transpose()).collect::<Result<Vec<_>, _>>()?;
        let nodes = proto.node.iter().map(|node| reader.node(node)).collect::<Result<Vec<_>, _>>()?;
        let outputs = proto
            .output
            .iter()
            .map(|info| {
                let name = info.name.as_deref().unwrap_or("");
                reader
                    .ids
                    .get(name)
                    .copied()
                    .ok_or_else(|| GraphError::Invalid(format!("nothing computes output {name}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let fed: HashSet<ValueId> = inputs.iter().map(|input| input.value).collect();
        let is_given = |value: ValueId| reader.constants[value].is_some() || fed.contains(&value);
        let nodes = in_order(nodes, &reader.names, is_given, &outputs)?;
        refuse_no_numbers(&nodes, &reader)?;
        Ok(Self {
            names: reader.names,
            constants: reader.constants,
            nodes,
            inputs,
            outputs,
            opset,
            producer: [model.producer_name, model.producer_version].into_iter().flatten().collect::<Vec<_>>().join(" "),
        })
    }
}

#[derive(Default)]
struct Reader {
    ids: HashMap<String, ValueId>,
    names: Vec<String>,
    constants: Vec<Option<Tensor>>,
}

impl Reader {
    fn value(&mut self, name: &str) -> ValueId {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.names.len();
        self.names.push(name.to_owned());
        self.constants.push(None);
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// `None` for an input that is only an initialiser's declaration.
    fn input(&mut self, info: &onnx::ValueInfoProto) -> Result<Option<InputSpec>, GraphError> {
        let name = info.name.as_deref().unwrap_or("");
        let value = self.value(name);
        if self.constants[value].is_some() {
            return Ok(None);
        }
        let tensor = info
            .r#type
            .as_ref()
            .and_then(|kind| kind.tensor_type.as_ref())
            .ok_or_else(|| GraphError::Unsupported(format!("input {name}, which is not a tensor,")))?;
        let code = tensor.elem_type.map_or(ElementType::Float.code(), |kind| kind.0);
        let element = ElementType::from_code(code)
            .ok_or_else(|| GraphError::Unsupported(format!("input {name}, which holds neither numbers nor bools,")))?;
        let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
        let dims = dims.map(|dim| dim.dim_value.and_then(|value| usize::try_from(value).ok()).filter(|&n| n > 0));
        Ok(Some(InputSpec { value, element, dims: dims.collect() }))
    }

    fn node(&mut self, node: &onnx::NodeProto) -> Result<Node, GraphError> {
        let op = node.op_type.clone().unwrap_or_default();
        let named = |name: &str| !name.is_empty();
        let inputs = node.input.iter().map(|name| named(name).then(|| self.value(name))).collect();
        let outputs: Vec<_> = node.output.iter().map(|name| named(name).then(|| self.value(name))).collect();
        let name = match node.name.as_deref() {
            Some(name) if named(name) => name.to_owned(),
            _ => node.output.first().cloned().unwrap_or_default(),
        };
        let domain = node.domain.as_deref().unwrap_or("");
        if !domain.is_empty() && domain != "ai.onnx" {
            return Err(GraphError::Unsupported(format!("operator {domain}.{op} (node {name})")));
        }
        let attributes = node
            .attribute
            .iter()
            .map(|attribute| {
                let value = match &attribute.g {
                    Some(body) => Attribute::Graph(self.subgraph(body)?),
                    None => read_attribute(&op, attribute)?,
                };
                Ok((attribute.name.clone().unwrap_or_default(), value))
            })
            .collect::<Result<Vec<_>, GraphError>>()?;
        Ok(Node { name, op, inputs, outputs, attributes: Attributes(attributes) })
    }

    /// A graph within a node. The names it defines hide those around it; other names mean those.
    fn subgraph(&mut self, proto: &onnx::GraphProto) -> Result<Subgraph, GraphError> {
        let tensors = proto.initializer.iter().map(|tensor| tensor.name.as_deref().unwrap_or(""));
        let inputs = proto.input.iter().map(|info| info.name.as_deref().unwrap_or(""));
        let results = proto.node.iter().flat_map(|node| node.output.iter().map(String::as_str));
        let mut hidden: HashMap<&str, Option<ValueId>> = HashMap::new();
        let mut inside = HashSet::new();
        for name in tensors.chain(inputs).chain(results).filter(|name| !name.is_empty()) {
            if !hidden.contains_key(name) {
                hidden.insert(name, self.ids.remove(name));
                inside.insert(self.value(name));
            }
        }
        for tensor in &proto.initializer {
            let id = self.value(tensor.name.as_deref().unwrap_or(""));
            self.constants[id] = Some(read_tensor(tensor)?);
        }
        let inputs: Vec<ValueId> =
            proto.input.iter().map(|info| self.value(info.name.as_deref().unwrap_or(""))).collect();
        let nodes = proto.node.iter().map(|node| self.node(node)).collect::<Result<Vec<_>, _>>()?;
        let outputs: Vec<ValueId> =
            proto.output.iter().map(|info| self.value(info.name.as_deref().unwrap_or(""))).collect();
        let fed: HashSet<ValueId> = inputs.iter().copied().collect();
        let is_given =
            |value: ValueId| !inside.contains(&value) || self.constants[value].is_some() || fed.contains(&value);
        let nodes = in_order(nodes, &self.names, is_given, &outputs)?;
        for (name, outer) in hidden {
            self.ids.remove(name);
            self.ids.extend(outer.map(|id| (name.to_owned(), id)));
        }
        let inside = inside.into_iter().collect();
        Ok(Subgraph { inputs, outputs, nodes, inside })
    }
}

/// Refuses weights that hold NaN: whatever is computed with them would be NaN too. Infinities are what
/// masks are made of, and a single NaN may be meant.
fn refuse_no_numbers(nodes: &[Node], reader: &Reader) -> Result<(), GraphError> {
    for (value, constant) in reader.constants.iter().enumerate() {
        let Some(Tensor { data: TensorData::F32(values), .. }) = constant else { continue };
        let Some(at) = values.iter().position(|number| number.is_nan()).filter(|_| values.len() > 1) else { continue };
        if let Some(node) = nodes.iter().find(|node| node.inputs.contains(&Some(value))) {
            let name = &reader.names[value];
            let reason =
                format!("its weights {name} are damaged: element {at} is no number (NaN); save the model again");
            return Err(node.refuse(reason));
        }
    }
    Ok(())
}

fn read_attribute(op: &str, proto: &onnx::AttributeProto) -> Result<Attribute, GraphError> {
    use onnx::AttributeType as Kind;
    // Old exporters leave the type out; then the field that is set tells it.
    let kind = proto.r#type.unwrap_or_else(|| {
        if proto.t.is_some() {
            Kind::TENSOR
        } else if proto.s.is_some() {
            Kind::STRING
        } else if proto.f.is_some() {
            Kind::FLOAT
        } else if proto.i.is_some() {
            Kind::INT
        } else if !proto.floats.is_empty() {
            Kind::FLOATS
        } else {
            Kind::INTS
        }
    });
    Ok(match kind {
        Kind::FLOAT => Attribute::Float(proto.f.unwrap_or(0.0)),
        Kind::INT => Attribute::Int(proto.i.unwrap_or(0)),
        Kind::STRING => Attribute::String(proto.s.clone().unwrap_or_default()),
        Kind::FLOATS => Attribute::Floats(proto.floats.clone()),
        Kind::INTS => Attribute::Ints(proto.ints.clone()),
        Kind::STRINGS => Attribute::Strings(proto.strings.clone()),
        Kind::TENSOR => Attribute::Tensor(read_tensor(
            proto.t.as_ref().ok_or_else(|| GraphError::Invalid(format!("an attribute of {op} holds no tensor")))?,
        )?),
        _ => return Err(GraphError::Unsupported(format!("operator {op} with a subgraph"))),
    })
}

fn read_tensor(proto: &onnx::TensorProto) -> Result<Tensor, GraphError> {
    let name = proto.name.as_deref().unwrap_or("(unnamed)");
    let invalid = |what: &str| GraphError::Invalid(format!("tensor {name} {what}"));
    if proto.data_location.is_some_and(|place| place != onnx::DataLocation::DEFAULT) || !proto.external_data.is_empty()
    {
        return Err(GraphError::Unsupported(format!("external data (tensor {name}); save the model as a single file")));
    }
    let dims = proto
        .dims
        .iter()
        .map(|&dim| usize::try_from(dim).map_err(|_| invalid("has a negative dimension")))
        .collect::<Result<Vec<_>, _>>()?;
    let len = element_count(&dims).ok_or_else(|| invalid("has an impossible shape"))?;
    let raw = proto.raw_data.as_ref().map(|raw| raw.borrow());
    let kind = proto.data_type.unwrap_or(onnx::DataType(0));
    let bytes = raw.as_ref().map(|raw| raw.as_slice()).filter(|raw| !raw.is_empty());
    let data = match bytes {
        Some(bytes) => from_raw(kind, bytes, len),
        None => from_fields(kind, proto, len),
    }
    .ok_or_else(|| GraphError::Unsupported(format!("element type {kind} of tensor {name}")))?;
    if data.len() != len {
        return Err(invalid(&format!("of shape {dims:?} carries {} elements", data.len())));
    }
    let element = ElementType::from_code(kind.0).unwrap_or_default();
    Tensor::new(dims, element, data)
}

fn from_raw(kind: onnx::DataType, bytes: &[u8], len: usize) -> Option<TensorData> {
    use onnx::DataType as T;
    fn each<const N: usize, R>(bytes: &[u8], read: impl Fn([u8; N]) -> R) -> Vec<R> {
        bytes.as_chunks::<N>().0.iter().map(|&chunk| read(chunk)).collect()
    }
    Some(match kind {
        T::FLOAT => TensorData::F32(each(bytes, f32::from_le_bytes)),
        T::DOUBLE => TensorData::F32(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        T::FLOAT16 => TensorData::F32(each(bytes, |b| half::f16::from_le_bytes(b).to_f32())),
        T::BFLOAT16 => TensorData::F32(each(bytes, |b| half::bf16::from_le_bytes(b).to_f32())),
        T::INT64 => TensorData::I64(each(bytes, i64::from_le_bytes)),
        T::INT32 => TensorData::I64(each(bytes, |b| i64::from(i32::from_le_bytes(b)))),
        T::INT16 => TensorData::I64(each(bytes, |b| i64::from(i16::from_le_bytes(b)))),
        T::UINT16 => TensorData::I64(each(bytes, |b| i64::from(u16::from_le_bytes(b)))),
        T::UINT32 => TensorData::I64(each(bytes, |b| i64::from(u32::from_le_bytes(b)))),
        T::BOOL => TensorData::I64(bytes.iter().map(|&b| i64::from(b != 0)).collect()),
        T::INT8 => TensorData::I8(bytes.iter().map(|&b| b.cast_signed()).collect()),
        T::UINT8 => TensorData::U8(bytes.to_vec()),
        T::INT4 => TensorData::I8(nibbles(bytes, len).map(sign_extended).collect()),
        T::UINT4 => TensorData::U8(nibbles(bytes, len).collect()),
        _ => return None,
    })
}

fn from_fields(kind: onnx::DataType, proto: &onnx::TensorProto, len: usize) -> Option<TensorData> {
    use onnx::DataType as T;
    let ints = || proto.int32_data.iter();
    Some(match kind {
        T::FLOAT => TensorData::F32(proto.float_data.clone()),
        T::DOUBLE => TensorData::F32(proto.double_data.iter().map(|&value| value as f32).collect()),
        T::FLOAT16 => TensorData::F32(ints().map(|&bits| half::f16::from_bits(bits as u16).to_f32()).collect()),
        T::BFLOAT16 => TensorData::F32(ints().map(|&bits| half::bf16::from_bits(bits as u16).to_f32()).collect()),
        T::INT64 => TensorData::I64(proto.int64_data.clone()),
        T::INT32 | T::INT16 | T::UINT16 | T::BOOL => TensorData::I64(ints().map(|&value| i64::from(value)).collect()),
        T::INT8 => TensorData::I8(ints().map(|&value| value as i8).collect()),
        T::UINT8 => TensorData::U8(ints().map(|&value| value as u8).collect()),
        // Each integer holds a byte of two.
        T::INT4 | T::UINT4 => return from_raw(kind, &ints().map(|&value| value as u8).collect::<Vec<_>>(), len),
        _ => return None,
    })
}

/// `len` four-bit elements, two to a byte, the first in the low half.
fn nibbles(bytes: &[u8], len: usize) -> impl Iterator<Item = u8> {
    // What fills up the last byte is no element; anything beyond it is one too many.
    let take = if bytes.len() == len.div_ceil(2) { len } else { 2 * bytes.len() };
    bytes.iter().flat_map(|byte| [byte & 0xf, byte >> 4]).take(take)
}

/// A four-bit two's complement number.
fn sign_extended(nibble: u8) -> i8 {
    (nibble << 4).cast_signed() >> 4
}
