//! The page in a real Chromium, by the tests in `tests/browser`.

use std::path::PathBuf;
use std::process::Command;

use super::node::Reader;
use super::outcome::Outcome;
use crate::error::TaskError;
use crate::workspace::Workspace;
use crate::{app, command, setup};

/// Runs the specs whose name contains `filter`.
///
/// # Errors
/// Chromium, Node or a package cannot be had, or a build fails.
pub(super) fn run(workspace: &Workspace, filter: Option<&str>) -> Result<Outcome, TaskError> {
    let specs = specs(workspace, filter)?;
    let mut node = node_with_page(workspace)?;
    // One browser at a time: a software GPU uses every core there is.
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(specs);
    let mut reader = Reader::default();
    let status = command::lines(&mut node, |line| {
        println!("{line}");
        reader.read(line);
    })?;
    let mut outcome = reader.finish();
    if !status.success() && outcome.failed == 0 {
        outcome.add(&Outcome::failed("the browser tests did not start"));
    }
    Ok(outcome)
}

/// Takes the picture of the page for the README.
///
/// # Errors
/// As [`run`], and when the page does not get as far as a result.
pub(crate) fn screenshot(workspace: &Workspace) -> Result<(), TaskError> {
    command::run(node_with_page(workspace)?.arg("screenshot.mjs"))
}

/// Builds the page and the command line, serves the page until the program ends, and gives a Node that knows of both.
fn node_with_page(workspace: &Workspace) -> Result<Command, TaskError> {
    let chromium = setup::chromium()?;
    setup::node_modules(workspace)?;
    app::build(workspace)?;
    command::run(Command::new("cargo").current_dir(&workspace.root).args(["build", "--locked", "-p", "darkroom-cli"]))?;
    let server = app::Server::bind(workspace.dist(), 0)?;
    let url = server.url();
    std::thread::spawn(move || server.run());
    let mut node = Command::new("node");
    node.current_dir(workspace.browser_tests()).env("DARKROOM_URL", url).env("DARKROOM_CHROMIUM", chromium);
    node.env("DARKROOM_COMMAND", workspace.command_line("debug")).env("DARKROOM_DATA", test_data(workspace));
    Ok(node)
}

fn specs(workspace: &Workspace, filter: Option<&str>) -> Result<Vec<PathBuf>, TaskError> {
    let folder = workspace.browser_tests();
    let entries = folder.read_dir().map_err(TaskError::file("read", &folder))?;
    let mut specs: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    specs.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".spec.mjs") && filter.is_none_or(|filter| name.contains(filter))
    });
    specs.sort();
    if specs.is_empty() {
        return Err(TaskError::Usage(format!("no browser spec is named {:?}", filter.unwrap_or("*.spec.mjs"))));
    }
    Ok(specs)
}

/// Real images for the tests, where there are any.
fn test_data(workspace: &Workspace) -> PathBuf {
    std::env::var_os("DARKROOM_DATA").map_or_else(|| workspace.root.join("../shared/data"), PathBuf::from)
}
