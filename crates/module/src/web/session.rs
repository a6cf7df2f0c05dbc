//! The class `Session`, as `js/darkroom.d.ts` types it.

use std::cell::RefCell;

use darkroom_kernels::{Data, Elements};
use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::options::entries;
use super::tensor::{Given, property, results, set};
use crate::plan::listed;
use crate::{Engine, ModuleError, Plan, Port, Timing, Values};

/// A network made ready to run any number of times, for one set of input dimensions.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session {
    state: RefCell<State>,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    computes: Computes,
}

/// What computes a session.
#[derive(Clone, Debug)]
pub struct Computes {
    /// `gpu`, `software gpu` or `cpu`.
    pub backend: &'static str,
    /// The adapter's name.
    pub adapter: String,
    /// The name of the tier it was planned for; `baseline` on the CPU.
    pub tier: &'static str,
    /// Why that is not the baseline though nobody asked for it; empty otherwise.
    pub narrowed: String,
}

#[derive(Debug)]
enum State {
    Ready(Box<dyn Engine>),
    Running,
    Released,
}

#[wasm_bindgen]
impl Session {
    /// Runs the network on a tensor for each input.
    ///
    /// # Errors
    /// A `DarkroomError` that names the input that is missing or does not fit, or says that the GPU was lost, that a
    /// run is under way or that the session was released.
    pub async fn run(&self, inputs: JsValue) -> Result<JsValue, ModuleError> {
        let inputs = self.read(&inputs)?;
        let inputs: Vec<Data<'_>> = inputs.iter().map(Elements::data).collect();
        let mut engine = self.take()?;
        let outputs = engine.run(&inputs).await;
        self.put_back(engine);
        Ok(results(&self.outputs, outputs?))
    }

    /// Runs the network once, on `inputs` or on zeros, and times each operation.
    ///
    /// # Errors
    /// As `run`, and where the GPU has no timestamps.
    pub async fn profile(&self, inputs: JsValue) -> Result<JsValue, ModuleError> {
        let inputs = if inputs.is_undefined() { self.zeros()? } else { self.read(&inputs)? };
        let inputs: Vec<Data<'_>> = inputs.iter().map(Elements::data).collect();
        let mut engine = self.take()?;
        let timings = engine.profile(&inputs, now).await;
        self.put_back(engine);
        Ok(timings?.iter().map(timing).collect::<Array>().into())
    }

    /// Frees the session's memory, on the GPU too; a run that is under way ends first.
    pub fn release(&self) {
        self.state.replace(State::Released);
    }

    /// The names of the inputs, in the model's order.
    #[wasm_bindgen(getter, js_name = inputNames)]
    #[must_use]
    pub fn input_names(&self) -> Vec<String> {
        self.inputs.iter().map(|port| port.name.clone()).collect()
    }

    /// The names of the outputs, in the model's order.
    #[wasm_bindgen(getter, js_name = outputNames)]
    #[must_use]
    pub fn output_names(&self) -> Vec<String> {
        self.outputs.iter().map(|port| port.name.clone()).collect()
    }

    /// What computes: `gpu`, `software gpu` or `cpu`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn backend(&self) -> String {
        self.computes.backend.to_owned()
    }

    /// The name of the adapter.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn adapter(&self) -> String {
        self.computes.adapter.clone()
    }

    /// The tier the session was planned for: `baseline`, `half` or `subgroups`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn tier(&self) -> String {
        self.computes.tier.to_owned()
    }

    /// Why tensors are stored as float16 though nobody asked for it; empty where they are not.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn narrowed(&self) -> String {
        self.computes.narrowed.clone()
    }
}

impl Session {
    /// A session of `plan` on `engine`.
    #[must_use]
    pub fn new(plan: &Plan, engine: Box<dyn Engine>, computes: Computes) -> Self {
        let (inputs, outputs) = (plan.inputs.clone(), plan.outputs.clone());
        Self { state: RefCell::new(State::Ready(engine)), inputs, outputs, computes }
    }

    /// The tensors of `inputs` in the order of the session's, checked.
    fn read(&self, inputs: &JsValue) -> Result<Vec<Elements>, ModuleError> {
        let known = || listed(self.inputs.iter().map(|port| &port.name));
        for (name, _) in entries("the inputs", inputs)? {
            if self.inputs.iter().all(|port| port.name != name) {
                return Err(ModuleError::NoInput { name, known: known() });
            }
        }
        let read = |port: &Port| {
            let tensor = property(inputs, &port.name);
            if tensor.is_undefined() {
                return Err(ModuleError::MissingInput { name: port.name.clone(), known: known() });
            }
            let what = format!("input {}", port.name);
            let given = Given::read(&what, &tensor)?;
            port.check(&given.dims, given.kind, given.values.len())?;
            given.values.into_elements(&what)
        };
        self.inputs.iter().map(read).collect()
    }

    fn zeros(&self) -> Result<Vec<Elements>, ModuleError> {
        let zero = |port: &Port| {
            let len = port.dims.iter().product();
            let values =
                if port.element.is_float() { Values::Floats(vec![0.0; len]) } else { Values::Integers(vec![0; len]) };
            values.into_elements(&port.name)
        };
        self.inputs.iter().map(zero).collect()
    }

    /// Takes the engine out for a run, so that nothing else can use it meanwhile.
    fn take(&self) -> Result<Box<dyn Engine>, ModuleError> {
        let mut state = self.state.borrow_mut();
        match std::mem::replace(&mut *state, State::Running) {
            State::Ready(engine) => Ok(engine),
            State::Running => Err(ModuleError::Running),
            State::Released => {
                *state = State::Released;
                Err(ModuleError::Released)
            }
        }
    }

    /// Puts the engine back after a run, or lets it go where the session was released meanwhile.
    fn put_back(&self, engine: Box<dyn Engine>) {
        let mut state = self.state.borrow_mut();
        if matches!(*state, State::Running) {
            *state = State::Ready(engine);
        }
    }
}

fn timing(timing: &Timing) -> JsValue {
    let object = Object::new();
    set(&object, "node", &timing.node.as_str().into());
    set(&object, "shader", &timing.shader.as_str().into());
    set(&object, "ms", &timing.milliseconds.into());
    set(&object, "work", &timing.work.map_or(JsValue::UNDEFINED, |work| (work as f64).into()));
    object.into()
}

/// The page's or worker's own clock, milliseconds.
fn now() -> f64 {
    let performance = property(&js_sys::global(), "performance");
    let method = property(&performance, "now").dyn_into::<js_sys::Function>().ok();
    method.and_then(|now| now.call0(&performance).ok()).and_then(|time| time.as_f64()).unwrap_or_else(js_sys::Date::now)
}
