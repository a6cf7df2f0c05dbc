//! Builds, serves, tests and benches Darkroom: `cargo xtask app`, `cargo xtask test`, `cargo xtask bench`.

mod app;
mod arguments;
mod bench;
mod command;
mod error;
mod find;
mod setup;
mod test;
mod workspace;

use std::process::ExitCode;

use arguments::Task;
use error::TaskError;
use workspace::Workspace;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), TaskError> {
    let task = Task::parse(std::env::args().skip(1))?;
    let workspace = Workspace::locate()?;
    match task {
        Task::Help => {
            print!("{}", arguments::USAGE);
            Ok(())
        }
        Task::App(options) => app::run(&workspace, &options),
        Task::Test(selection) => test::run(&workspace, &selection),
        Task::Operators => test::operators(&workspace),
        Task::Screenshot => test::screenshot(&workspace),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Denoisers => bench::denoisers::run(&workspace),
        Task::Gpu(options) => bench::gpu::run(&workspace, &options),
        Task::Peers(options) => bench::peers::run(&workspace, &options),
    }
}
