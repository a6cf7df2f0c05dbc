//! A network of the user's own: looked into, described, used, saved as a package.

use std::rc::Rc;

use darkroom_graph::Graph;
use darkroom_imaging::NamedBytes;
use darkroom_messages::{FromWorker, OwnModel};
use darkroom_pipelines::diffusion::DiffusionPackage;
use darkroom_pipelines::{Description, Package, PackageFiles, PipelineError, PipelineKind};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;

use crate::engine::Bench;
use crate::network_report::{Cut, described, report, told};
use crate::post::{post, post_bytes};
use crate::trouble::Trouble;
use crate::{denoise, files, prepare};

/// A network file that was looked into, and what is said of it.
#[derive(Clone)]
pub(crate) struct Own {
    file: String,
    bytes: Rc<Vec<u8>>,
    /// What is in the file.
    graph: Rc<Graph>,
    said: Description,
    /// The manifest, once the network is in use.
    manifest: Option<String>,
}

/// Looks into a network file, or takes a zipped package into use.
pub(crate) async fn read(bench: &Rc<Bench>, name: String, carried: &Array) -> Result<(), Trouble> {
    let bytes = files::bytes(&carried.get(0).unchecked_into()).await?;
    if files::is_zip(&name) {
        return package(bench, &name, &bytes).await;
    }
    let graph = Graph::read(&bytes).map_err(PipelineError::from)?;
    match Description::guess(&graph, &name) {
        Ok(said) => {
            show(bench, Own { file: name, bytes: Rc::new(bytes), graph: Rc::new(graph), said, manifest: None });
        }
        Err(error) => {
            let report = Box::new(report(&graph, &name, Err(&error), bench.open_dims()));
            post(&FromWorker::NetworkRead { report, own: None, in_use: false });
        }
    }
    Ok(())
}

/// Takes the user's words for what the network's file does not say.
pub(crate) fn describe(bench: &Bench, own: &OwnModel) -> Result<(), Trouble> {
    let before = shown(bench).ok_or_else(nothing)?;
    show(bench, Own { said: described(&before.said, own), manifest: None, ..before });
    Ok(())
}

/// The network that the page shows: the one looked into, or else the one in use.
fn shown(bench: &Bench) -> Option<Own> {
    bench.own.borrow().clone().or_else(|| bench.used.borrow().clone())
}

/// Tells the page of a network, and keeps it.
fn show(bench: &Bench, own: Own) {
    let cut = Cut { axes: own.said.axes, tile: own.said.tile };
    let report = Box::new(report(&own.graph, &own.file, Ok(cut), bench.open_dims()));
    let in_use = own.manifest.is_some();
    post(&FromWorker::NetworkRead { report, own: Some(Box::new(told(&own.said))), in_use });
    if in_use {
        bench.own.replace(None);
        bench.used.replace(Some(own));
    } else {
        bench.own.replace(Some(own));
    }
}

async fn package(bench: &Rc<Bench>, name: &str, zip: &[u8]) -> Result<(), Trouble> {
    let files = PackageFiles::from(darkroom_formats::unpack(zip)?);
    if DiffusionPackage::is(files.manifest()?) {
        return denoise::take(bench, files, true);
    }
    let package = Package::read(files.manifest()?, files.all())?;
    let networks = prepare::networks(&package, &files);
    let PipelineKind::OnePass { tile, .. } = package.manifest.pipeline;
    let cut = Cut { axes: package.manifest.input.axes, tile };
    let report = Box::new(report(&package.graph, name, Ok(cut), bench.open_dims()));
    bench.own.replace(None);
    bench.used.replace(None);
    post(&FromWorker::NetworkRead { report, own: None, in_use: true });
    prepare::take(bench, package, files.card(), networks).await;
    Ok(())
}

/// Makes a package of the network and the user's description, and takes it into use.
pub(crate) async fn take(bench: &Rc<Bench>, told: &OwnModel) -> Result<(), Trouble> {
    let own = shown(bench).ok_or_else(nothing)?;
    let said = described(&own.said, told);
    let (manifest, package) = said.manifest(&own.bytes)?;
    let network = Uint8Array::from(own.bytes.as_slice());
    let card = format!(
        "# {}\n\nA network of your own. Nobody has measured it in Darkroom.\n\nLicence: {}.",
        package.manifest.model.title, package.manifest.model.licence
    );
    show(bench, Own { said, manifest: Some(manifest), ..own });
    prepare::take(bench, package, card, vec![network]).await;
    Ok(())
}

/// Hands the page the package as a zip.
pub(crate) fn save(bench: &Bench) -> Result<(), Trouble> {
    let own = bench.used.borrow();
    let Some(Own { bytes, said, manifest: Some(manifest), .. }) = own.as_ref() else { return Err(nothing()) };
    let files = [
        NamedBytes { name: "model.json".to_owned(), bytes: manifest.clone().into_bytes() },
        NamedBytes { name: format!("{}.onnx", said.name), bytes: bytes.to_vec() },
    ];
    let zip = Uint8Array::from(darkroom_formats::pack(&files)?.as_slice());
    post_bytes(&FromWorker::File { name: format!("{}.zip", said.name), note: None }, &zip);
    Ok(())
}

fn nothing() -> Trouble {
    Trouble::new("There is no network of your own here any more.", "Open its file again.")
}
