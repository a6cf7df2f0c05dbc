//! What a network is before it runs: its ports, its operators, what of them cannot run, its memory.

use darkroom_compile::{OPERATORS, compile_for};
use darkroom_graph::memory::{Lifetime, alive};
use darkroom_graph::{Graph, InputSpec};
use darkroom_kernels::{Placed, Program, Tier};
use serde::Serialize;

use crate::PipelineError;

/// A network looked at from outside.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Version of the default operator set.
    pub opset: i64,
    /// The exporter, as it calls itself.
    pub producer: String,
    /// Elements of all weights.
    pub parameters: usize,
    /// Inputs.
    pub inputs: Vec<PortReport>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// Operators, sorted by name.
    pub operators: Vec<OperatorReport>,
    /// The plan, if every input's dimensions are known and everything can run.
    pub plan: Option<PlanReport>,
    /// Why there is no plan, as a sentence.
    pub refusal: Option<String>,
}

/// An input.
#[derive(Clone, Debug, Serialize)]
pub struct PortReport {
    /// Its name.
    pub name: String,
    /// Its ONNX element type.
    pub element: String,
    /// Its dimensions; `None` where the file leaves one open.
    pub dims: Vec<Option<usize>>,
}

/// An operator of the network.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorReport {
    /// Its ONNX name.
    pub name: String,
    /// How often it occurs.
    pub count: usize,
    /// Whether Darkroom has it.
    pub known: bool,
    /// What of it is not computed; empty if all is.
    pub limits: String,
}

/// What a run will take.
#[derive(Clone, Debug, Serialize)]
pub struct PlanReport {
    /// Kernel launches.
    pub kernels: usize,
    /// Bytes of each arena.
    pub arenas: Vec<usize>,
    /// Bytes of all arenas together.
    pub activation_bytes: usize,
    /// Bytes of the largest set of tensors alive together: no plan can take less.
    pub lower_bound_bytes: usize,
    /// Bytes of weights and tables.
    pub constant_bytes: usize,
    /// Multiply-adds or element operations.
    pub work: u64,
    /// Every tensor with its place and lifetime.
    pub tensors: Vec<TensorReport>,
}

/// A tensor of the plan.
#[derive(Clone, Debug, Serialize)]
pub struct TensorReport {
    /// The node that makes it, or the input's name.
    pub label: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// The arena it lies in.
    pub arena: usize,
    /// Where in the arena it begins, in bytes.
    pub offset: usize,
    /// The step that writes it; step 0 uploads the inputs.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
}

impl Inspection {
    /// Looks at a network, with the dimensions of inputs that the file leaves open, and plans it for a tier.
    #[must_use]
    pub fn of(graph: &Graph, dims: &[(&str, &[usize])], tier: Tier) -> Self {
        let open = |input: &&InputSpec| {
            input.dims.iter().any(Option::is_none) && !dims.iter().any(|(name, _)| *name == graph.names[input.value])
        };
        let unknown: Vec<&str> =
            graph.inputs.iter().filter(open).map(|input| graph.names[input.value].as_str()).collect();
        let plan = if unknown.is_empty() {
            plan(graph, dims, tier).map_err(|error| error.to_string())
        } else {
            Err(format!("the dimensions of {} are open; give them to plan its memory", unknown.join(", ")))
        };
        let (plan, refusal) = match plan {
            Ok(program) => (Some(PlanReport::of(&program)), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let port = |input: &InputSpec| PortReport {
            name: graph.names[input.value].clone(),
            element: input.element.to_string(),
            dims: input.dims.clone(),
        };
        Self {
            opset: graph.opset,
            producer: graph.producer.clone(),
            parameters: graph.parameters(),
            inputs: graph.inputs.iter().map(port).collect(),
            outputs: graph.outputs.iter().map(|&value| graph.names[value].clone()).collect(),
            operators: graph.operators().into_iter().map(OperatorReport::of).collect(),
            plan,
            refusal,
        }
    }
}

fn plan(graph: &Graph, dims: &[(&str, &[usize])], tier: Tier) -> Result<Program, PipelineError> {
    Ok(compile_for(&graph.specialise(dims)?, tier)?)
}

impl OperatorReport {
    fn of((name, count): (String, usize)) -> Self {
        let operator = OPERATORS.iter().find(|operator| operator.name == name);
        let limits = operator.map_or(String::new(), |operator| operator.limits.to_owned());
        Self { known: operator.is_some(), limits, name, count }
    }
}

impl PlanReport {
    fn of(program: &Program) -> Self {
        let lifetime = |tensor: &Placed| Lifetime { len: tensor.words(), first: tensor.first, last: tensor.last };
        let lifetimes: Vec<Lifetime> = program.tensors.iter().map(lifetime).collect();
        let peak = alive(&lifetimes, program.operations.len() + 2).into_iter().max().unwrap_or(0);
        let tensor = |tensor: &Placed| TensorReport {
            label: tensor.label.clone(),
            bytes: 4 * tensor.words(),
            arena: tensor.place.arena,
            offset: 4 * tensor.place.offset,
            first: tensor.first,
            last: tensor.last,
        };
        Self {
            kernels: program.operations.len(),
            arenas: program.arenas.iter().map(|&len| 4 * len).collect(),
            activation_bytes: program.activation_bytes(),
            lower_bound_bytes: 4 * peak,
            constant_bytes: program.constant_bytes(),
            work: program.work(),
            tensors: program.tensors.iter().map(tensor).collect(),
        }
    }

    /// Activations beyond the lower bound, as a share of it.
    #[must_use]
    pub fn overhead(&self) -> f64 {
        self.activation_bytes as f64 / self.lower_bound_bytes.max(1) as f64 - 1.0
    }
}

/// Bytes in MiB.
#[must_use]
pub fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
