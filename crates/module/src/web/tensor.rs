//! Tensors of JavaScript, read and made.

use darkroom_kernels::Elements;
use js_sys::{
    Array, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Object,
    Reflect, Uint8Array, Uint16Array, Uint32Array,
};
use wasm_bindgen::{JsCast, JsValue};

use crate::{ArrayKind, ModuleError, Port, Values};

/// A tensor as it was given.
pub(super) struct Given {
    pub(super) dims: Vec<usize>,
    pub(super) kind: ArrayKind,
    pub(super) values: Values,
}

impl Given {
    /// Reads `{data, dims}`; `what` names it in refusals.
    pub(super) fn read(what: &str, tensor: &JsValue) -> Result<Self, ModuleError> {
        if !tensor.is_object() {
            return Err(argument(what, "an object with data and dims"));
        }
        let dims = dims(&format!("the dims of {what}"), &property(tensor, "dims"))?;
        let data = property(tensor, "data");
        let kind = kind(&data).ok_or_else(|| argument(&format!("the data of {what}"), "a typed array"))?;
        Ok(Self { dims, kind, values: values(what, kind, &data)? })
    }
}

/// A list of whole numbers.
pub(super) fn dims(what: &str, value: &JsValue) -> Result<Vec<usize>, ModuleError> {
    let refuse = || argument(what, "an array of whole numbers");
    let list = value.dyn_ref::<Array>().ok_or_else(refuse)?;
    let whole = |value: JsValue| {
        let number = value.as_f64().filter(|&number| number >= 0.0 && number.fract() == 0.0 && number < 4294967296.0);
        number.map(|number| number as usize).ok_or_else(refuse)
    };
    list.iter().map(whole).collect()
}

/// The results of a run by their names.
pub(super) fn results(ports: &[Port], outputs: Vec<Elements>) -> JsValue {
    let results = Object::new();
    for (port, elements) in ports.iter().zip(outputs) {
        let tensor = Object::new();
        set(&tensor, "data", &array(ArrayKind::of(port.element), &elements));
        let dims: Array = port.dims.iter().map(|&dim| JsValue::from(dim as f64)).collect();
        set(&tensor, "dims", &dims);
        set(&results, &port.name, &tensor);
    }
    results.into()
}

/// Sets a property of an object that was just made, which cannot fail.
pub(super) fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// A property, or `undefined`.
pub(super) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

pub(super) fn argument(what: &str, wanted: &str) -> ModuleError {
    ModuleError::Argument { what: what.to_owned(), wanted: wanted.to_owned() }
}

fn kind(data: &JsValue) -> Option<ArrayKind> {
    Some(match data {
        _ if data.is_instance_of::<Float32Array>() => ArrayKind::Float32,
        _ if data.is_instance_of::<Float64Array>() => ArrayKind::Float64,
        _ if data.is_instance_of::<Int8Array>() => ArrayKind::Int8,
        _ if data.is_instance_of::<Uint8Array>() => ArrayKind::Uint8,
        _ if data.is_instance_of::<Int16Array>() => ArrayKind::Int16,
        _ if data.is_instance_of::<Uint16Array>() => ArrayKind::Uint16,
        _ if data.is_instance_of::<Int32Array>() => ArrayKind::Int32,
        _ if data.is_instance_of::<Uint32Array>() => ArrayKind::Uint32,
        _ if data.is_instance_of::<BigInt64Array>() => ArrayKind::BigInt64,
        _ if data.is_instance_of::<BigUint64Array>() => ArrayKind::BigUint64,
        _ => return None,
    })
}

fn values(what: &str, kind: ArrayKind, data: &JsValue) -> Result<Values, ModuleError> {
    Ok(match kind {
        // The constructor converts what another array holds.
        ArrayKind::Float32 | ArrayKind::Float64 => Values::Floats(Float32Array::new(data).to_vec()),
        ArrayKind::BigInt64 => Values::Integers(BigInt64Array::new(data).to_vec()),
        ArrayKind::BigUint64 => {
            let signed = |value: u64| {
                i64::try_from(value)
                    .map_err(|_| ModuleError::Beyond32Bits { what: what.to_owned(), value: value.to_string() })
            };
            Values::Integers(BigUint64Array::new(data).to_vec().into_iter().map(signed).collect::<Result<_, _>>()?)
        }
        // Every integer of 32 bits is a float64.
        _ => Values::Integers(Float64Array::new(data).to_vec().into_iter().map(|value| value as i64).collect()),
    })
}

fn array(kind: ArrayKind, elements: &Elements) -> JsValue {
    let floats = Float32Array::from(elements.data().f32());
    let integers = elements.data().i32();
    let narrow = || Int32Array::from(integers);
    match kind {
        ArrayKind::Float32 => floats.into(),
        ArrayKind::Float64 => Float64Array::new(&floats).into(),
        ArrayKind::Int32 => narrow().into(),
        ArrayKind::Int8 => Int8Array::new(&narrow()).into(),
        ArrayKind::Uint8 => Uint8Array::new(&narrow()).into(),
        ArrayKind::Int16 => Int16Array::new(&narrow()).into(),
        ArrayKind::Uint16 => Uint16Array::new(&narrow()).into(),
        ArrayKind::Uint32 => Uint32Array::new(&narrow()).into(),
        ArrayKind::BigInt64 => {
            BigInt64Array::from(integers.iter().map(|&value| i64::from(value)).collect::<Vec<_>>().as_slice()).into()
        }
        ArrayKind::BigUint64 => {
            BigUint64Array::from(integers.iter().map(|&value| value as u64).collect::<Vec<_>>().as_slice()).into()
        }
    }
}
