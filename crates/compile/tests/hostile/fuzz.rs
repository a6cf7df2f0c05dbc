//! Mutated models through reader, shapes and compiler, and cheap ones through the CPU twins.
//!
//! The changes follow from the number of the round, so a failure repeats. A model that fails is
//! written to a file whose name is printed; where the process itself ends, the round is, and
//! `DARKROOM_FUZZ_ROUND=N` writes that round's model. Once it is understood, the model goes to
//! `tests/hostile/found`, whose files are tried first and are seeds of new ones.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use darkroom_compile::compile;
use darkroom_graph::Graph;
use darkroom_kernels::Elements;
use rten_onnx::onnx::ModelProto;

use crate::memory::{ROUND, peak};
use crate::mutate;
use crate::random::Random;

/// How long models are made up.
const BUDGET: Duration = Duration::from_secs(60);
/// What a model of a few hundred bytes may take at most; the twins' buffers are part of it.
const MOST_BYTES: usize = 1 << 30;
/// The longest that one may take.
const LONGEST: Duration = Duration::from_secs(20);
/// Programs of less work (multiply-adds) and memory (bytes) than these are run.
const CHEAP_WORK: u64 = 1 << 20;
const CHEAP_BYTES: usize = 1 << 24;

#[test]
fn what_was_found_before_stays_found() {
    for (name, bytes) in models("found").into_iter().chain(models("seeds")) {
        let (bytes, outcome) = peak(|| attempt(&bytes));
        assert!(outcome.is_ok() && bytes < MOST_BYTES, "{name}: {outcome:?}, {bytes} bytes");
    }
}

#[test]
fn a_minute_of_made_up_models_ends_in_sentences() {
    let (sender, beats) = channel();
    std::thread::spawn(move || {
        let maker = Maker::new();
        let start = Instant::now();
        for round in (first_round()..).take_while(|_| start.elapsed() < BUDGET) {
            let model = maker.model(round);
            ROUND.store(round, Ordering::Relaxed);
            let (bytes, outcome) = peak(|| attempt(&model));
            let failure = match outcome {
                Ok(()) if bytes > MOST_BYTES => Some(format!("it took {} GiB", bytes >> 30)),
                outcome => outcome.err(),
            };
            if sender.send((round, failure.map(|what| (what, model)))).is_err() {
                return;
            }
        }
    });
    let mut rounds = 0;
    let mut failures = BTreeMap::new();
    loop {
        match beats.recv_timeout(LONGEST) {
            Ok((round, failure)) => {
                rounds = round;
                if let Some((what, model)) = failure {
                    failures.entry(what).or_insert_with(|| kept(round, &model));
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                panic!("it takes longer than {LONGEST:?}; {}", kept(rounds + 1, &Maker::new().model(rounds + 1)))
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    println!("{rounds} made-up models");
    let list: Vec<_> = failures.iter().map(|(what, kept)| format!("{what}\n    {kept}")).collect();
    assert!(list.is_empty(), "{} kinds of failure:\n{}", list.len(), list.join("\n"));
}

/// The round to begin with: the one that a person asks for, whose model is kept, or the first.
fn first_round() -> u64 {
    let asked = std::env::var("DARKROOM_FUZZ_ROUND").ok().and_then(|round| round.parse().ok());
    asked.inspect(|&round| println!("{}", kept(round, &Maker::new().model(round)))).unwrap_or(0)
}

/// Makes models up from the corpus.
struct Maker {
    seeds: Vec<Vec<u8>>,
    /// The seeds that can be decoded, which lend their nodes to others.
    lenders: Vec<ModelProto>,
}

impl Maker {
    fn new() -> Self {
        let seeds: Vec<Vec<u8>> = models("found").into_iter().chain(models("seeds")).map(|(_, bytes)| bytes).collect();
        Self { lenders: seeds.iter().filter_map(|bytes| ModelProto::parse_buf(bytes).ok()).collect(), seeds }
    }

    /// The model of a round.
    fn model(&self, round: u64) -> Vec<u8> {
        let mut random = Random(round);
        let seed = random.pick(&self.seeds).cloned().unwrap_or_default();
        let mut bytes = match ModelProto::parse_buf(&seed) {
            Ok(mut model) => {
                for _ in 0..=random.below(4) {
                    mutate::model(&mut model, &self.lenders, &mut random);
                }
                model.write_buf().unwrap_or_default()
            }
            Err(_) => seed,
        };
        if random.below(4) == 0 {
            mutate::bytes(&mut bytes, &mut random);
        }
        bytes
    }
}

/// Reads, specialises, compiles and, if that is cheap, runs a model. `Err` says what must not happen.
fn attempt(model: &[u8]) -> Result<(), String> {
    quiet_panics();
    PANIC.replace(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(|| refusal(model)));
    let panic = PANIC.take();
    match outcome {
        Ok(Err(sentence)) if sentence.is_empty() => Err("a refusal without a word".to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err(panic.unwrap_or_default()),
    }
}

fn refusal(model: &[u8]) -> Result<(), String> {
    let graph = Graph::read(model).map_err(|error| error.to_string())?;
    let fixed = graph.specialise(&[]).map_err(|error| error.to_string())?;
    let program = compile(&fixed).map_err(|error| error.to_string())?;
    let memory = program.activation_bytes().saturating_add(program.constant_bytes());
    if program.work() >= CHEAP_WORK || memory >= CHEAP_BYTES {
        return Ok(());
    }
    let zeros = program.inputs.iter().map(|port| Elements::of(port.element, &vec![0; port.len()]));
    let zeros: Vec<Elements> = zeros.collect();
    let inputs: Vec<_> = zeros.iter().map(Elements::data).collect();
    program.run_cpu(&inputs, |_| ControlFlow::Continue(())).map_err(|error| error.to_string())?;
    Ok(())
}

thread_local! {
    /// On a thread that tries a model: what its panic said, and where.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Lets panics while a model is tried be noted instead of printed.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let noted = PANIC.with_borrow_mut(|panic| panic.as_mut().map(|panic| *panic = info.to_string()));
            if noted.is_none() {
                print(info);
            }
        }));
    });
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hostile").join(name)
}

/// The models of a folder of the corpus, by name.
fn models(name: &str) -> Vec<(String, Vec<u8>)> {
    let entries = folder(name).read_dir().into_iter().flatten().flatten();
    let mut models: Vec<_> = entries
        .filter_map(|entry| Some((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).ok()?)))
        .collect();
    models.sort();
    models
}

/// Keeps a failing model for the one who looks into it, and says where.
fn kept(round: u64, model: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("darkroom-fuzz-{round}.onnx"));
    match std::fs::write(&path, model) {
        Ok(()) => format!("the model is in {}", path.display()),
        Err(error) => format!("the model could not be kept: {error}"),
    }
}
