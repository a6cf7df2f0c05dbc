//! A session as its callers see it: several operations, repeated runs, progress, cancelling, refusals.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test should stop where it fails")]

use darkroom_gpu::{Device, GpuError, Options, Session, Tier};
use darkroom_kernels::norm_apply::NormApply;
use darkroom_kernels::norm_combine::NormCombine;
use darkroom_kernels::norm_stats::NormStats;
use darkroom_kernels::pointwise::{Binary, BinaryOp, Unary, UnaryOp};
use darkroom_kernels::{Activation, Data, Element, Elements, Kernel, Operation, Place, Port, Program, Source, Width};
use std::ops::ControlFlow;
use std::sync::Arc;

const BATCH: usize = 2;
const CHANNELS: usize = 6;
const SPATIAL: usize = 2311;
const LEN: usize = BATCH * CHANNELS * SPATIAL;

fn operation(label: &str, kernel: impl Kernel + 'static, reads: &[Source], write: usize) -> Operation {
    Operation { label: label.to_owned(), kernel: Box::new(kernel), reads: reads.to_vec(), write: Place::start(write) }
}

fn port(name: &str, len: usize, slot: usize) -> Port {
    Port { name: name.to_owned(), dims: vec![len], element: Element::F32, place: Place::start(slot) }
}

/// Group normalisation of x in three groups, plus y; and the magnitude of that.
fn program() -> Program {
    let groups = 3;
    let stats = NormStats { rows: BATCH * groups, len: CHANNELS / groups * SPATIAL };
    let partials = stats.partials();
    let activation = Activation::None;
    let dims = [1, 1, 1, 1, 1, LEN];
    Program {
        arenas: vec![LEN, LEN, 3 * BATCH * groups * partials, 2 * BATCH * CHANNELS, LEN],
        constants: vec![Elements::F32(vec![1.5; CHANNELS]), Elements::F32(vec![-0.25; CHANNELS])],
        operations: vec![
            operation("stats", stats, &[Source::Tensor(Place::start(0))], 2),
            operation(
                "combine",
                NormCombine { batch: BATCH, channels: CHANNELS, groups, partials, epsilon: 1e-5 },
                &[Source::Tensor(Place::start(2)), Source::Constant(0), Source::Constant(1)],
                3,
            ),
            operation(
                "apply",
                NormApply {
                    batch: BATCH,
                    channels: CHANNELS,
                    spatial: SPATIAL,
                    per_batch: true,
                    modulated: false,
                    activation,
                },
                &[Source::Tensor(Place::start(0)), Source::Tensor(Place::start(3))],
                4,
            ),
            operation(
                "add",
                Binary { op: BinaryOp::Add, element: Element::F32, a: dims, b: dims },
                &[Source::Tensor(Place::start(4)), Source::Tensor(Place::start(1))],
                0,
            ),
            operation("abs", Unary { op: UnaryOp::Abs, len: LEN }, &[Source::Tensor(Place::start(0))], 1),
        ],
        inputs: vec![port("x", LEN, 0), port("y", LEN, 1)],
        outputs: vec![port("sum", LEN, 0), port("magnitude", LEN, 1)],
        ..Program::default()
    }
}

/// Values around an offset that single precision carries to 1e-4.
fn input(seed: usize) -> Vec<f32> {
    (0..LEN).map(|i| 1000.0 + ((i * 7919 + seed * 104_729) % 997) as f32 / 500.0).collect()
}

fn open(options: &Options) -> Option<Arc<Device>> {
    pollster::block_on(Device::open(options))
        .inspect_err(|error| eprintln!("SKIPPED: session on the GPU: {error}"))
        .ok()
}

fn run(session: &mut Session, inputs: &[&[f32]]) -> Result<Vec<Elements>, GpuError> {
    let inputs: Vec<Data<'_>> = inputs.iter().map(|values| Data::F32(values)).collect();
    pollster::block_on(session.run(&inputs, |_| ControlFlow::Continue(())))
}

#[test]
fn a_program_gives_on_the_gpu_what_it_gives_on_the_cpu_run_after_run() {
    let Some(device) = open(&Options::default()) else { return };
    let mut session = pollster::block_on(Session::new(&device, program())).unwrap();
    for seed in [1, 2] {
        let (x, y) = (input(seed), input(seed + 10));
        let wanted = program().run_cpu(&[Data::F32(&x), Data::F32(&y)], |_| ControlFlow::Continue(())).unwrap();
        let got = run(&mut session, &[&x, &y]).unwrap();
        assert_eq!(got.len(), 2);
        for (got, wanted) in got.iter().zip(&wanted) {
            // Sums near 1000 in float32, with a normalised part rounded to 1e-4 of itself.
            assert!(got.data().f32().iter().zip(wanted.data().f32()).all(|(a, b)| (a - b).abs() < 1e-3), "seed {seed}");
        }
        assert_eq!(run(&mut session, &[&x, &y]).unwrap(), got, "a second run changes nothing");
    }
}

/// The same program with all its arenas in one, side by side.
fn in_one_arena(mut program: Program) -> Program {
    let mut starts = vec![0_usize];
    for len in &program.arenas {
        starts.push((starts[starts.len() - 1] + len).next_multiple_of(64));
    }
    let moved = |place: &mut Place| *place = Place { arena: 0, offset: starts[place.arena] + place.offset, ..*place };
    for operation in &mut program.operations {
        moved(&mut operation.write);
        for read in &mut operation.reads {
            if let Source::Tensor(place) = read {
                moved(place);
            }
        }
    }
    program.inputs.iter_mut().chain(&mut program.outputs).for_each(|port| moved(&mut port.place));
    program.arenas = vec![starts[starts.len() - 1]];
    program
}

#[test]
fn operations_may_read_the_arena_they_write() {
    let Some(device) = open(&Options::default()) else { return };
    let (x, y) = (input(5), input(6));
    let apart = run(&mut pollster::block_on(Session::new(&device, program())).unwrap(), &[&x, &y]).unwrap();
    let one = in_one_arena(program());
    assert!(one.operations.iter().all(|operation| operation.shared() != 0));
    let twin = one.run_cpu(&[Data::F32(&x), Data::F32(&y)], |_| ControlFlow::Continue(())).unwrap();
    let wanted = program().run_cpu(&[Data::F32(&x), Data::F32(&y)], |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(twin, wanted);
    let together = run(&mut pollster::block_on(Session::new(&device, one)).unwrap(), &[&x, &y]).unwrap();
    assert_eq!(together, apart);
}

#[test]
fn a_run_cut_into_parts_reports_progress_and_gives_the_same() {
    let Some(whole) = open(&Options { work_per_submit: Some(u64::MAX), ..Options::default() }) else { return };
    let Some(parts) = open(&Options { work_per_submit: Some(1), ..Options::default() }) else { return };
    let (x, y) = (input(3), input(4));
    let mut whole = pollster::block_on(Session::new(&whole, program())).unwrap();
    let mut parts = pollster::block_on(Session::new(&parts, program())).unwrap();
    let mut shares = Vec::new();
    let watched = pollster::block_on(parts.run(&[Data::F32(&x), Data::F32(&y)], |share| {
        shares.push(share);
        ControlFlow::Continue(())
    }));
    assert_eq!(watched.unwrap(), run(&mut whole, &[&x, &y]).unwrap());
    assert_eq!(shares.len(), 5, "one call for each operation: {shares:?}");
    assert!(shares.is_sorted() && shares[0] > 0.0 && shares[4] == 1.0, "{shares:?}");
}

#[test]
fn a_run_can_be_cancelled_and_started_again() {
    let Some(device) = open(&Options { work_per_submit: Some(1), ..Options::default() }) else { return };
    let mut session = pollster::block_on(Session::new(&device, program())).unwrap();
    let (x, y) = (input(5), input(6));
    let mut calls = 0;
    let cancelled = pollster::block_on(session.run(&[Data::F32(&x), Data::F32(&y)], |_| {
        calls += 1;
        if calls == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }));
    assert_eq!(cancelled.unwrap_err().to_string(), "cancelled");
    assert_eq!(calls, 2);
    assert_eq!(run(&mut session, &[&x, &y]).unwrap().len(), 2);
}

#[test]
fn memory_is_what_was_planned() {
    let Some(device) = open(&Options::default()) else { return };
    let session = pollster::block_on(Session::new(&device, program())).unwrap();
    let memory = session.memory();
    assert_eq!(memory.activations, program().activation_bytes() as u64);
    assert_eq!(memory.constants, 2 * 4 * CHANNELS as u64);
    assert_eq!(memory.staging, 2 * 4 * LEN as u64);
    let uniforms = 5 * 256;
    assert_eq!(memory.allocated, memory.planned() + uniforms);
}

#[test]
fn sessions_share_pipelines() {
    let Some(device) = open(&Options::default()) else { return };
    let _first = pollster::block_on(Session::new(&device, program())).unwrap();
    assert_eq!(device.pipelines(), 5);
    let _second = pollster::block_on(Session::new(&device, program())).unwrap();
    assert_eq!(device.pipelines(), 5);
}

#[test]
fn every_operation_is_timed() {
    let Some(device) = open(&Options::default()) else { return };
    let mut session = pollster::block_on(Session::new(&device, program())).unwrap();
    let (x, y) = (input(7), input(8));
    match pollster::block_on(session.profile(&[Data::F32(&x), Data::F32(&y)])) {
        Ok(timings) => {
            let labels: Vec<&str> = timings.iter().map(|timing| timing.label.as_str()).collect();
            assert_eq!(labels, ["stats", "combine", "apply", "add", "abs"]);
            assert!(timings.iter().map(|timing| timing.seconds).sum::<f64>() > 0.0);
        }
        Err(GpuError::NoTimestamps) => eprintln!("SKIPPED: timings: {}", GpuError::NoTimestamps),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn wrong_inputs_are_refused_with_both_numbers() {
    let Some(device) = open(&Options::default()) else { return };
    let mut session = pollster::block_on(Session::new(&device, program())).unwrap();
    let x = input(1);
    let error = run(&mut session, &[&x]).unwrap_err();
    assert_eq!(error.to_string(), "the network takes 2 inputs, 1 were given");
    let error = run(&mut session, &[&x, &x[1..]]).unwrap_err();
    assert_eq!(error.to_string(), format!("input y has {} values, the plan was made for {LEN}", LEN - 1));
}

#[test]
fn programs_that_do_not_fit_are_refused_before_anything_is_allocated() {
    let Some(device) = open(&Options::default()) else { return };
    let refusal = |program| pollster::block_on(Session::new(&device, program)).unwrap_err().to_string();

    let limit = device.info().max_binding;
    let len = usize::try_from(limit / 4 + 1).unwrap();
    if len < 1 << 31 && 4 * len as u64 <= device.info().max_buffer {
        let large = Program {
            arenas: vec![len, len],
            operations: vec![operation(
                "large",
                Unary { op: UnaryOp::Neg, len },
                &[Source::Tensor(Place::start(0))],
                1,
            )],
            ..Program::default()
        };
        let bytes = 4 * len;
        let wanted = format!("node large: x has {bytes} bytes, this GPU binds at most {limit}; use smaller tiles");
        assert_eq!(refusal(large), wanted);
    }

    let limit = device.info().max_buffer;
    let huge = Program { arenas: vec![usize::try_from(limit / 4 + 1).unwrap()], ..Program::default() };
    assert!(refusal(huge).contains(&format!("this GPU allocates at most {limit} at once")));

    let mut clash = program();
    clash.operations[4].write = Place::start(0);
    assert_eq!(refusal(clash), "node abs: it uses elements of arena 0, which it writes, twice");

    let mut short = program();
    short.arenas[3] -= 1;
    assert!(refusal(short).starts_with("node combine: scale_shift wants 96 bytes"));
}

/// One function of a few numbers that is kept as float16.
fn kept_as_half(op: UnaryOp, len: usize) -> Program {
    let place = Place { width: Width::Half, ..Place::start(1) };
    let mut y = port("y", len, 1);
    y.place = place;
    Program {
        arenas: vec![len, Width::Half.words(len)],
        operations: vec![Operation {
            write: place,
            ..operation("kept", Unary { op, len }, &[Source::Tensor(Place::start(0))], 1)
        }],
        inputs: vec![port("x", len, 0)],
        outputs: vec![y],
        ..Program::default()
    }
}

#[test]
fn a_number_that_float16_does_not_hold_refuses_the_run_and_not_the_next() {
    let Some(device) = open(&Options { tier: Some(Tier::Half), ..Options::default() }) else { return };
    let mut session = pollster::block_on(Session::new(&device, kept_as_half(UnaryOp::Exp, 3))).unwrap();
    let refused = run(&mut session, &[&[0.0, 12.0, 1.0]]).unwrap_err();
    assert!(matches!(refused, GpuError::Beyond), "{refused}");
    let twin = kept_as_half(UnaryOp::Exp, 3);
    let refused = twin.run_cpu(&[Data::F32(&[0.0, 12.0, 1.0])], |_| ControlFlow::Continue(())).unwrap_err();
    let wanted = "kept holds 162754.8, float16 holds at most 65504; run the network at the tier baseline";
    assert_eq!(refused.to_string(), wanted);
    let got = run(&mut session, &[&[0.0, 11.0, -1.0]]).unwrap();
    assert!((got[0].data().f32()[1] - 59_874.14).abs() <= 32.0, "{got:?}");

    // An infinity is one in float16 too.
    let mut session = pollster::block_on(Session::new(&device, kept_as_half(UnaryOp::Neg, 2))).unwrap();
    let got = run(&mut session, &[&[f32::INFINITY, 65_504.0]]).unwrap();
    assert_eq!(got[0].data().f32(), [f32::NEG_INFINITY, -65_504.0]);
}

#[test]
fn half_storage_is_refused_at_the_baseline() {
    let Some(device) = open(&Options { tier: Some(Tier::Baseline), ..Options::default() }) else { return };
    let refused = pollster::block_on(Session::new(&device, kept_as_half(UnaryOp::Neg, 2))).unwrap_err().to_string();
    assert!(refused.ends_with("does not have the tier half; its highest is baseline"), "{refused}");
}
