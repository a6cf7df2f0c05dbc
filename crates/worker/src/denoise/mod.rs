//! The diffusion model: sampled step by step as the page asks, or over a whole volume.

mod maps;
mod package;
mod sample;
mod shown;
mod start;
mod studio;
mod under_way;
mod volume;

use std::rc::Rc;

use darkroom_messages::ToDenoiser;
use js_sys::Array;

use crate::engine::Bench;
use crate::trouble::Trouble;

pub(crate) use package::{shipped, take};
pub(crate) use studio::Studio;

/// Answers a request about the diffusion model.
pub(crate) async fn answer(bench: &Rc<Bench>, asked: &ToDenoiser, carried: &Array) -> Result<(), Trouble> {
    match asked {
        ToDenoiser::Maps { header } => return maps::maps(header.clone(), carried),
        ToDenoiser::Save { header, what } => return maps::save(bench, header.clone(), what, carried),
        _ => {}
    }
    // Taken out for the answer, so that nothing else can use it meanwhile.
    let studio = bench.studio.take();
    let nothing = || Trouble::new("There is no diffusion model here.", "Choose one of the page's, or drop a package.");
    let mut studio = studio.ok_or_else(nothing)?;
    let answered = match asked {
        ToDenoiser::KeepStart { header } => start::keep(&mut studio, header.clone(), carried),
        ToDenoiser::KeepMask { header } => {
            start::keep_mask(&mut studio, header, carried);
            Ok(())
        }
        ToDenoiser::ReadMask { name, from } => start::read_mask(bench, &studio, (name.clone(), *from), carried).await,
        ToDenoiser::Begin { wish, sample, slice } => {
            sample::begin(bench, &mut studio, wish.clone(), *sample, *slice).await
        }
        ToDenoiser::Step { look } => sample::step(bench, &mut studio, *look).await,
        ToDenoiser::Rewind { step, look } => sample::rewind(bench, &mut studio, *step, *look).await,
        ToDenoiser::Look { look } => sample::look(bench, &mut studio, *look).await,
        ToDenoiser::Keep => sample::keep(bench, &mut studio).await,
        ToDenoiser::Volume { wish } => volume::translate(bench, &mut studio, wish).await,
        ToDenoiser::Maps { .. } | ToDenoiser::Save { .. } => Ok(()),
    };
    bench.studio.replace(Some(studio));
    answered
}
