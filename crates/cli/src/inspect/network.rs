//! A network's ports, operators and memory, printed.

use std::path::PathBuf;

use darkroom_gpu::Tier;
use darkroom_graph::Graph;
use darkroom_pipelines::inspection::{Inspection, OperatorReport, PlanReport, TensorReport, mebibytes};

use crate::backend::tier;
use crate::error::{CliError, write};

/// Arguments that concern networks.
#[derive(Debug, clap::Args)]
pub(crate) struct Network {
    /// Dimensions of a network's input as NAME=1,1,64,64,64, to plan its memory; once for each open input.
    #[arg(long = "dims", value_name = "NAME=N,N,...", value_parser = dimensions)]
    dims: Vec<(String, Vec<usize>)>,
    /// Plan it for this tier: float32, or float16 storage.
    #[arg(long, value_parser = tier, default_value = "baseline", value_name = "baseline|half|subgroups")]
    tier: Tier,
    /// Print where each tensor of the plan lies, and from which step to which.
    #[arg(long)]
    memory: bool,
    /// Write a picture of the plan's memory over time, as SVG.
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,
}

fn dimensions(text: &str) -> Result<(String, Vec<usize>), String> {
    let (name, sizes) = text.split_once('=').ok_or("write it as NAME=1,1,64,64,64")?;
    let sizes: Result<Vec<usize>, _> = sizes.split(',').map(|size| size.trim().parse()).collect();
    Ok((name.to_owned(), sizes.map_err(|_| format!("{text}: dimensions are whole numbers"))?))
}

impl Network {
    pub(crate) fn run(&self, graph: &Graph, json: bool) -> Result<(), CliError> {
        let dims: Vec<(&str, &[usize])> =
            self.dims.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
        let inspection = Inspection::of(graph, &dims, self.tier);
        if let Some(path) = &self.picture {
            let plan = inspection.plan.as_ref().ok_or_else(|| {
                CliError::Usage(format!("no picture: {}", inspection.refusal.as_deref().unwrap_or_default()))
            })?;
            write(path, plan.memory_picture().as_bytes())?;
        }
        if json {
            println!("{}", serde_json::to_string_pretty(&inspection)?);
            return Ok(());
        }
        let Inspection { opset, producer, parameters, .. } = &inspection;
        println!("opset {opset}, exported by {producer}, {parameters} parameters");
        for input in &inspection.inputs {
            let dims: Vec<String> =
                input.dims.iter().map(|dim| dim.map_or("?".to_owned(), |n| n.to_string())).collect();
            println!("input  {} {} {}", input.name, input.element, dims.join(" x "));
        }
        for name in &inspection.outputs {
            println!("output {name}");
        }
        for OperatorReport { name, count, known, limits } in &inspection.operators {
            match (known, limits.as_str()) {
                (true, "") => println!("{count:6} {name}"),
                (true, limits) => println!("{count:6} {name} ({limits})"),
                (false, _) => println!("{count:6} {name}: cannot run, no kernel computes it yet"),
            }
        }
        match (&inspection.plan, &inspection.refusal) {
            (Some(plan), _) => self.plan(plan),
            (None, refusal) => println!("no plan: {}", refusal.as_deref().unwrap_or_default()),
        }
        Ok(())
    }

    fn plan(&self, plan: &PlanReport) {
        println!(
            "plan: {} kernels, {:.1} MiB of activations in {} arenas ({:.1} % above the lower bound), \
             {:.1} MiB of weights, {:.2} G multiply-adds",
            plan.kernels,
            mebibytes(plan.activation_bytes),
            plan.arenas.len(),
            100.0 * plan.overhead(),
            mebibytes(plan.constant_bytes),
            plan.work as f64 / 1e9
        );
        if self.memory {
            println!("{:>6} {:>12} {:>12} {:>6} {:>6}  tensor", "arena", "offset", "bytes", "first", "last");
            for TensorReport { label, bytes, arena, offset, first, last } in &plan.tensors {
                println!("{arena:6} {offset:12} {bytes:12} {first:6} {last:6}  {label}");
            }
        }
    }
}
