//! The command line of xtask.

use std::path::PathBuf;

use crate::error::TaskError;

/// What `cargo xtask --help` prints.
pub(crate) const USAGE: &str = "\
cargo xtask app [--open] [--port N] [--no-serve]   build the page into dist/ and serve it on this machine
cargo xtask test [PART] [FILTER]                   run every test, or one part: lint, native, conformance or browser;
                                                   FILTER picks conformance cases or browser specs by name
cargo xtask test oracle                            the networks on Burn's wgpu backend as well, which builds long
cargo xtask operators                              write docs/operators.md from the operator tables
cargo xtask bench [--input FILE] [--backend B]     time, memory and download sizes for the sample
cargo xtask bench peers [--models A,B] [--rounds N] [--limit SECONDS]
                                                   Darkroom's ES module beside onnxruntime-web in one Chromium
cargo xtask bench gpu [--models A,B] [--rounds N] [--allow-software]
                                                   the command line beside ONNX Runtime and PyTorch on a GPU
cargo xtask bench denoisers                        what a step of each diffusion model costs, network and rest
cargo xtask screenshot                             take docs/screenshot.png from the real page
";

/// One invocation of xtask.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Print the usage.
    Help,
    /// Build and serve the page.
    App(AppOptions),
    /// Run tests.
    Test(Selection),
    /// Measure.
    Bench(BenchOptions),
    /// Measure the steps of diffusion models.
    Denoisers,
    /// Measure beside other engines.
    Peers(PeersOptions),
    /// Measure beside other engines on a real GPU.
    Gpu(GpuOptions),
    /// Write the page on operators.
    Operators,
    /// Take the README's picture.
    Screenshot,
}

/// How to build and serve the page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AppOptions {
    /// Open the page in the default browser.
    pub(crate) open: bool,
    /// The first port to try.
    pub(crate) port: u16,
    /// Serve after building.
    pub(crate) serve: bool,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self { open: false, port: 8080, serve: true }
    }
}

/// Which tests to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// One part, or all of them.
    pub(crate) part: Option<Part>,
    /// Only the conformance cases or browser specs whose name contains this.
    pub(crate) filter: Option<String>,
}

impl Selection {
    /// Whether `part` is to run; the oracle's build is so long that it runs only where it is named.
    pub(crate) fn includes(&self, part: Part) -> bool {
        self.part.map_or(part != Part::Oracle, |only| only == part)
    }
}

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Formatting, clippy, licences, spelling.
    Lint,
    /// `cargo test`.
    Native,
    /// The node tests of the ONNX project.
    Conformance,
    /// The page in a real Chromium.
    Browser,
    /// The networks on Burn's wgpu backend.
    Oracle,
}

/// What to measure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BenchOptions {
    /// The volume to enhance; the page's sample when not given.
    pub(crate) input: Option<PathBuf>,
    /// `gpu` or `cpu`; the command line's own choice when not given.
    pub(crate) backend: Option<String>,
}

/// What to measure beside onnxruntime-web.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PeersOptions {
    /// The models, by the names of `bench/peers/models.py`; all when empty.
    pub(crate) models: Vec<String>,
    /// Later runs of each engine.
    pub(crate) rounds: u32,
    /// Seconds that an engine may spend on a model in all.
    pub(crate) limit: u32,
}

impl Default for PeersOptions {
    fn default() -> Self {
        Self { models: Vec::new(), rounds: 5, limit: 300 }
    }
}

/// What to measure natively.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GpuOptions {
    /// The models, by the names of `bench/peers/models.py`; all when empty.
    pub(crate) models: Vec<String>,
    /// Rounds in which every engine has its turn.
    pub(crate) rounds: u32,
    /// Measure on a software adapter too, and only print.
    pub(crate) allow_software: bool,
}

impl Default for GpuOptions {
    fn default() -> Self {
        Self { models: Vec::new(), rounds: 3, allow_software: false }
    }
}

impl Task {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// A sentence that names the argument that was not understood, with the usage.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, TaskError> {
        let mut arguments = arguments.into_iter();
        match arguments.next().as_deref() {
            None | Some("help" | "--help" | "-h") => Ok(Self::Help),
            Some("app") => parse_app(arguments),
            Some("test") => parse_test(arguments),
            Some("bench") => parse_bench(arguments),
            Some("operators") => Ok(Self::Operators),
            Some("screenshot") => Ok(Self::Screenshot),
            Some(other) => Err(unknown(other)),
        }
    }
}

fn parse_app(mut arguments: impl Iterator<Item = String>) -> Result<Task, TaskError> {
    let mut options = AppOptions::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--open" => options.open = true,
            "--no-serve" => options.serve = false,
            "--port" => {
                let value = value_of("--port", &mut arguments)?;
                options.port = value
                    .parse()
                    .map_err(|_| TaskError::Usage(format!("--port takes a number from 1 to 65535, not {value:?}")))?;
            }
            other => return Err(unknown(other)),
        }
    }
    Ok(Task::App(options))
}

fn parse_test(arguments: impl Iterator<Item = String>) -> Result<Task, TaskError> {
    let mut selection = Selection::default();
    for argument in arguments {
        match argument.as_str() {
            "lint" if selection.part.is_none() => selection.part = Some(Part::Lint),
            "native" if selection.part.is_none() => selection.part = Some(Part::Native),
            "conformance" if selection.part.is_none() => selection.part = Some(Part::Conformance),
            "browser" if selection.part.is_none() => selection.part = Some(Part::Browser),
            "oracle" if selection.part.is_none() => selection.part = Some(Part::Oracle),
            filter
                if matches!(selection.part, Some(Part::Conformance | Part::Browser)) && selection.filter.is_none() =>
            {
                selection.filter = Some(filter.to_owned());
            }
            other => return Err(unknown(other)),
        }
    }
    Ok(Task::Test(selection))
}

fn parse_bench(arguments: impl Iterator<Item = String>) -> Result<Task, TaskError> {
    let mut arguments = arguments.peekable();
    if arguments.next_if(|argument| argument == "peers").is_some() {
        return parse_peers(arguments);
    }
    if arguments.next_if(|argument| argument == "gpu").is_some() {
        return parse_gpu(arguments);
    }
    if arguments.next_if(|argument| argument == "denoisers").is_some() {
        return arguments.next().map_or(Ok(Task::Denoisers), |other| Err(unknown(&other)));
    }
    let mut options = BenchOptions::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--input" => options.input = Some(value_of("--input", &mut arguments)?.into()),
            "--backend" => options.backend = Some(value_of("--backend", &mut arguments)?),
            other => return Err(unknown(other)),
        }
    }
    Ok(Task::Bench(options))
}

fn parse_peers(mut arguments: impl Iterator<Item = String>) -> Result<Task, TaskError> {
    let mut options = PeersOptions::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--models" => options.models = names_of("--models", &mut arguments)?,
            "--rounds" => options.rounds = count_of("--rounds", &mut arguments)?,
            "--limit" => options.limit = count_of("--limit", &mut arguments)?,
            other => return Err(unknown(other)),
        }
    }
    Ok(Task::Peers(options))
}

fn parse_gpu(mut arguments: impl Iterator<Item = String>) -> Result<Task, TaskError> {
    let mut options = GpuOptions::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--models" => options.models = names_of("--models", &mut arguments)?,
            "--rounds" => options.rounds = count_of("--rounds", &mut arguments)?,
            "--allow-software" => options.allow_software = true,
            other => return Err(unknown(other)),
        }
    }
    Ok(Task::Gpu(options))
}

fn names_of(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<Vec<String>, TaskError> {
    Ok(value_of(flag, arguments)?.split(',').map(str::to_owned).collect())
}

fn count_of(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<u32, TaskError> {
    let value = value_of(flag, arguments)?;
    let count = value.parse().ok().filter(|&count| count > 0);
    count.ok_or_else(|| TaskError::Usage(format!("{flag} takes a whole number above 0, not {value:?}")))
}

fn value_of(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<String, TaskError> {
    arguments.next().ok_or_else(|| TaskError::Usage(format!("{flag} needs a value after it")))
}

fn unknown(argument: &str) -> TaskError {
    TaskError::Usage(format!("{argument:?} is not understood"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, TaskError> {
        Task::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn app_takes_its_flags_in_any_order() {
        let options = AppOptions { open: true, port: 9000, serve: false };
        assert_eq!(parse("app --no-serve --port 9000 --open").unwrap(), Task::App(options));
        assert_eq!(parse("app").unwrap(), Task::App(AppOptions::default()));
    }

    #[test]
    fn tests_are_all_run_unless_one_part_is_named() {
        let Task::Test(all) = parse("test").unwrap() else { panic!("not a test") };
        assert!(all.includes(Part::Lint) && all.includes(Part::Native) && all.includes(Part::Browser));
        assert!(
            !all.includes(Part::Oracle)
                && matches!(parse("test oracle").unwrap(), Task::Test(one) if one.includes(Part::Oracle))
        );
        let Task::Test(one) = parse("test browser sealed").unwrap() else { panic!("not a test") };
        assert!(!one.includes(Part::Lint) && one.includes(Part::Browser));
        assert_eq!(one.filter.as_deref(), Some("sealed"));
    }

    #[test]
    fn peers_are_a_bench_of_their_own() {
        let options = PeersOptions { models: vec!["conv".to_owned(), "unet3d".to_owned()], rounds: 7, limit: 300 };
        assert_eq!(parse("bench peers --rounds 7 --models conv,unet3d").unwrap(), Task::Peers(options));
        assert!(matches!(parse("bench").unwrap(), Task::Bench(_)));
        assert_eq!(parse("bench denoisers").unwrap(), Task::Denoisers);
        assert!(parse("bench denoisers quickly").is_err());
        let options = GpuOptions { models: vec!["conv".to_owned()], rounds: 2, allow_software: true };
        assert_eq!(parse("bench gpu --allow-software --rounds 2 --models conv").unwrap(), Task::Gpu(options));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for line in [
            "fly",
            "app --port",
            "app --port 70000",
            "test native sealed",
            "bench sideways",
            "bench peers --limit 0",
            "bench gpu --limit 9",
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains("cargo xtask app"), "{line}: {error}");
        }
    }
}
