//! One network by one exporter, out of its archive.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use darkroom_formats::npy::{self, Array};
use darkroom_graph::{FixedGraph, Graph};
use darkroom_kernels::{Element, Elements, Program, Tier};

/// An ONNX file with inputs and PyTorch's outputs.
pub(crate) struct Export {
    /// Network and exporter, such as `pix2pix_unet/dynamo`.
    pub(crate) name: String,
    model: String,
    files: Rc<HashMap<String, Vec<u8>>>,
}

/// Every export, by name.
pub(crate) fn all() -> Vec<Export> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports");
    let mut archives: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    archives.sort();
    assert!(!archives.is_empty(), "exports/ is empty");
    archives.iter().flat_map(|archive| exports_of(archive)).collect()
}

fn exports_of(archive: &Path) -> Vec<Export> {
    let network = archive.file_stem().unwrap().to_string_lossy().into_owned();
    let files = darkroom_formats::unpack(&std::fs::read(archive).unwrap()).unwrap();
    let files: Rc<HashMap<String, Vec<u8>>> =
        Rc::new(files.into_iter().map(|file| (file.name, file.bytes.to_vec())).collect());
    ["torchscript", "dynamo"]
        .map(|exporter| Export {
            name: format!("{network}/{exporter}"),
            model: format!("{exporter}.onnx"),
            files: Rc::clone(&files),
        })
        .into()
}

impl Export {
    /// The network's graph for the sizes of its inputs.
    pub(crate) fn graph(&self) -> Result<FixedGraph, String> {
        let graph = Graph::read(&self.files[&self.model]).map_err(|error| error.to_string())?;
        let shapes: Vec<(String, Vec<usize>)> = graph
            .inputs
            .iter()
            .map(|input| graph.names[input.value].clone())
            .map(|name| Ok((name.clone(), self.array("inputs", &name)?.shape)))
            .collect::<Result<_, String>>()?;
        let shapes: Vec<(&str, &[usize])> =
            shapes.iter().map(|(name, shape)| (name.as_str(), shape.as_slice())).collect();
        graph.specialise(&shapes).map_err(|error| error.to_string())
    }

    /// That graph as a program for a tier.
    pub(crate) fn program(&self, tier: Tier) -> Result<Program, String> {
        darkroom_compile::compile_for(&self.graph()?, tier).map_err(|error| error.to_string())
    }

    /// What the program takes.
    pub(crate) fn inputs(&self, program: &Program) -> Result<Vec<Elements>, String> {
        let input = |port: &darkroom_kernels::Port| {
            let values = self.array("inputs", &port.name)?.data;
            Ok(match port.element {
                Element::F32 => Elements::F32(values),
                // Time steps and classes: whole numbers that float32 carries exactly.
                _ => Elements::I32(values.into_iter().map(|value| value as i32).collect()),
            })
        };
        program.inputs.iter().map(input).collect()
    }

    /// What PyTorch computed.
    pub(crate) fn output(&self, name: &str) -> Result<Array, String> {
        self.array("outputs", name)
    }

    fn array(&self, folder: &str, name: &str) -> Result<Array, String> {
        let file = format!("{folder}/{name}.npy");
        let bytes = self.files.get(&file).ok_or_else(|| format!("the archive has no {file}"))?;
        npy::read(bytes).map_err(|error| error.to_string())
    }
}
