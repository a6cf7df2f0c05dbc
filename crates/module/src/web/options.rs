//! What `Session.create` was asked for.

use darkroom_kernels::Tier;
use js_sys::{Array, ArrayBuffer, Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::tensor::{Given, argument, dims, property};
use crate::plan::listed;
use crate::{Constant, ModuleError, Plan, plan};

const KNOWN: [&str; 5] = ["backend", "software", "tier", "inputs", "constants"];

/// A session to be made.
#[derive(Debug)]
pub struct Request {
    /// The model with its shapes fixed.
    pub plan: Plan,
    /// Whether the software adapter was asked for.
    pub software: bool,
    /// The tier of the GPU that was asked for.
    pub tier: Option<Tier>,
}

impl Request {
    /// Reads the arguments of `Session.create` and plans the model.
    ///
    /// # Errors
    /// An argument or option that is not what it must be, and as [`plan`].
    pub fn read(onnx: &JsValue, options: &JsValue) -> Result<Self, ModuleError> {
        if !onnx.is_instance_of::<Uint8Array>() && !onnx.is_instance_of::<ArrayBuffer>() {
            return Err(argument("the model", "a Uint8Array or an ArrayBuffer"));
        }
        let options = Options::read(options)?;
        let plan = plan(&Uint8Array::new(onnx).to_vec(), options.constants, &options.inputs)?;
        Ok(Self { plan, software: options.software, tier: options.tier })
    }
}

#[derive(Default)]
struct Options {
    software: bool,
    tier: Option<Tier>,
    /// Dimensions by the input's name.
    inputs: Vec<(String, Vec<usize>)>,
    constants: Vec<Constant>,
}

impl Options {
    /// Reads an object of options; `undefined` has none.
    fn read(value: &JsValue) -> Result<Self, ModuleError> {
        let mut options = Self::default();
        if value.is_undefined() {
            return Ok(options);
        }
        for (name, value) in entries("the options", value)? {
            match name.as_str() {
                _ if value.is_undefined() => {}
                // `darkroom.js` chose by it which half of the module to load.
                "backend" => match value.as_string().as_deref() {
                    Some("gpu" | "cpu") => {}
                    _ => return Err(argument("the option backend", "\"gpu\" or \"cpu\"")),
                },
                "software" => {
                    options.software = value.as_bool().ok_or_else(|| argument("the option software", "a boolean"))?;
                }
                "tier" => {
                    let tier = value.as_string().and_then(|name| Tier::named(&name));
                    let known = Tier::ALL.map(|tier| format!("\"{}\"", tier.name())).join(" or ");
                    options.tier = Some(tier.ok_or_else(|| argument("the option tier", &known))?);
                }
                "inputs" => {
                    let inputs = entries("the option inputs", &value)?;
                    options.inputs = inputs.map(input).collect::<Result<_, ModuleError>>()?;
                }
                "constants" => {
                    let constants = entries("the option constants", &value)?;
                    options.constants = constants.map(constant).collect::<Result<_, ModuleError>>()?;
                }
                _ => return Err(ModuleError::NoOption { name, known: listed(KNOWN) }),
            }
        }
        Ok(options)
    }
}

fn input((name, value): (String, JsValue)) -> Result<(String, Vec<usize>), ModuleError> {
    let dims = dims(&format!("the dimensions of input {name}"), &value)?;
    Ok((name, dims))
}

fn constant((name, value): (String, JsValue)) -> Result<Constant, ModuleError> {
    let Given { dims, kind, values } = Given::read(&format!("constant {name}"), &value)?;
    Ok(Constant { name, dims, kind, values })
}

/// The properties of an object.
pub(super) fn entries(what: &str, value: &JsValue) -> Result<impl Iterator<Item = (String, JsValue)>, ModuleError> {
    if !value.is_object() || Array::is_array(value) {
        return Err(argument(what, "an object"));
    }
    let object = value.clone();
    let names = Object::keys(object.unchecked_ref::<Object>());
    let names: Vec<String> = names.iter().filter_map(|name| name.as_string()).collect();
    Ok(names.into_iter().map(move |name| {
        let value = property(&object, &name);
        (name, value)
    }))
}
