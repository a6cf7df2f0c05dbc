//! A GPU that is lost in the middle of a translation: played by a processor that fails once.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;

use darkroom_gpu::GpuError;
use darkroom_graph::FixedGraph;
use darkroom_kernels::{Data, Elements};
use darkroom_pipelines::diffusion::{Checkpoint, Choice, Translation};
use darkroom_pipelines::{Backend, Burn, Network, PipelineError, Processor, Step};

use crate::golden::{generator_of, generator_on, low_dose, translated};

/// The CPU until so many networks have run, then a GPU that is gone.
#[derive(Clone, Debug)]
struct Failing {
    left: Rc<Cell<usize>>,
}

#[derive(Debug)]
struct FailingNetwork {
    network: Box<dyn Network>,
    left: Rc<Cell<usize>>,
}

impl Processor for Failing {
    fn detail(&self) -> &'static str {
        "fails"
    }

    fn prepare(&self, graph: &FixedGraph) -> Result<Box<dyn Network>, PipelineError> {
        Ok(Box::new(FailingNetwork { network: Burn.prepare(graph)?, left: self.left.clone() }))
    }
}

impl Network for FailingNetwork {
    fn start(&mut self, inputs: &[Data<'_>]) -> Result<(), PipelineError> {
        let lost = || PipelineError::Gpu(GpuError::Lost("pulled out".to_owned()));
        self.left.set(self.left.get().checked_sub(1).ok_or_else(lost)?);
        self.network.start(inputs)
    }

    fn step(&mut self) -> Step<'_> {
        self.network.step()
    }

    fn finish(&mut self) -> Result<Vec<Elements>, PipelineError> {
        self.network.finish()
    }
}

#[test]
fn a_translation_goes_on_at_the_step_at_which_its_gpu_was_lost() {
    let mut generator = generator_of("translation");
    let order = Choice { seed: 7, ..Choice::default() }.order(generator.manifest()).unwrap();
    let translation = Translation { order: &order, samples: 2, dose: Some(0.1), start: None, mask: None };
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let straight = translated(&mut generator, &low_dose(), translation, go_on).unwrap();
    assert!(straight.notes.iter().all(|note| !note.contains("failed")), "{:?}", straight.notes);

    // A slice takes an encoder, and twice four steps and a decoder: it fails at each of them in turn.
    for (networks, step) in (11..18).zip([0, 0, 1, 2, 3, 4, 0]) {
        let left = Rc::new(Cell::new(usize::MAX));
        let mut failing = generator_on("translation", Backend::Cpu(Rc::new(Failing { left: left.clone() })));
        left.set(networks);
        let mut checkpoint = Checkpoint::default();
        let mut visited = 0;
        let lost = pollster::block_on(failing.translate(&low_dose(), translation, &mut checkpoint, go_on));
        assert!(lost.unwrap_err().needs_another_gpu());
        let watch = &mut |slice: usize, _, _| {
            visited = slice.max(visited);
            assert!(slice > 1, "slice {slice} is not made again");
            ControlFlow::Continue(())
        };
        let resumed =
            pollster::block_on(generator.translate(&low_dose(), translation, &mut checkpoint, watch)).unwrap();
        assert_eq!(visited, 8);
        assert_eq!(resumed.volume, straight.volume, "after {networks} networks");
        assert_eq!(resumed.spread, straight.spread);
        let told = format!("failed in slice 2 of 8; the run went on from step {step} of 4");
        assert!(resumed.notes.iter().any(|note| note.contains(&told)), "{:?}", resumed.notes);
    }
}
