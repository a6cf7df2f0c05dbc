//! What a run's record says of its input.

use std::ops::ControlFlow;

use darkroom_pipelines::diffusion::{Order, RunRecord, Translation};
use darkroom_pipelines::{InputRecord, Origin, Thinning};

use crate::golden::{generator_of, low_dose, order, translated};

#[test]
fn what_happened_to_the_input_is_in_the_record_and_in_its_sentence() {
    let mut generator = generator_of("translation");
    let order = Order { class: None, ..order(&generator) };
    let translation = Translation { order: &order, samples: 1, dose: Some(0.1), start: None, mask: None };
    let input = low_dose();
    let go_on = &mut |_, _, _| ControlFlow::Continue(());
    let plain = translated(&mut generator, &input, translation, go_on).unwrap().record;
    assert!(!plain.sentence().contains("thinned"), "{}", plain.sentence());

    let thinned = Some(Thinning { share: 0.25, seed: 3 });
    let record = RunRecord { origin: Origin { thinned, ..Origin::default() }, ..plain };
    assert!(record.sentence().contains("input thinned to 0.250 of its dose"), "{}", record.sentence());
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<RunRecord>(&json).unwrap(), record);
    // What writes a file of it reads these parts alone.
    assert_eq!(serde_json::from_str::<Origin>(&json).unwrap().thinned, thinned);
    assert!(serde_json::from_str::<InputRecord>(&json).unwrap().is_of(&input));
}
