//! `darkroom`: the pipelines of the page on files, without a browser.

mod backend;
mod calibration;
mod ct;
mod enhance;
mod entered;
mod error;
mod evaluate;
mod generate;
mod infer;
mod input;
mod inspect;
mod mask;
mod measure;
mod model;
mod output;
mod package;
mod quantize;
mod sampling;
mod start;
mod suv;
mod thin;
mod translate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Develops medical images on this computer. Nothing is sent anywhere. Research and teaching only, not for diagnosis.
#[derive(Debug, Parser)]
#[command(name = "darkroom", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Enhance a low-dose PET towards the standard dose.
    Enhance(enhance::Enhance),
    /// Redraw the quality table of a model's card from a folder of pairs.
    Evaluate(evaluate::Evaluate),
    /// Make images from noise with a diffusion model.
    Generate(generate::Generate),
    /// Run an ONNX network on NPY files.
    Infer(infer::Infer),
    /// Show what is in a model, a package or an image file.
    Inspect(inspect::Inspect),
    /// Estimate a label map of eight tissues from a PET.
    Mask(mask::MaskCommand),
    /// Measure regions of an image, or of an image and what was made of it.
    Measure(Box<measure::Measure>),
    /// Make a model package of a bare network and what it does not say.
    Package(Box<package::PackageCommand>),
    /// Make a network's weights narrower, and tell what that costs.
    Quantize(quantize::Quantize),
    /// Tell how a PET series becomes SUV, or what is missing for it.
    Suv(suv::Suv),
    /// Simulate a lower dose from a standard-dose PET, for teaching.
    Thin(thin::Thin),
    /// Turn one kind of image into another with a diffusion model.
    Translate(translate::Translate),
}

fn main() -> ExitCode {
    end_with_the_reader();
    let outcome = match Arguments::parse().command {
        Command::Enhance(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Generate(command) => command.run(),
        Command::Infer(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Mask(command) => command.run(),
        Command::Measure(command) => command.run(),
        Command::Package(command) => command.run(),
        Command::Quantize(command) => command.run(),
        Command::Suv(command) => command.run(),
        Command::Thin(command) => command.run(),
        Command::Translate(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("darkroom: {error}");
            if let Some(next) = error.next() {
                eprintln!("{next}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Ends quietly where whoever reads what is printed has stopped reading, as `head` does: `println!` knows of no other way
/// than to panic then.
fn end_with_the_reader() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload().downcast_ref::<String>().map_or("", String::as_str);
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            std::process::exit(0);
        }
        usual(info);
    }));
}
