//! What was made as files.

use darkroom_imaging::Volume;
use darkroom_messages::{Header, ToDenoiser, ToWorker};

use super::super::{Effect, Shared, State};
use super::picture::now_picture;
use super::{Piece, Sample, Shown};

/// Saves something of what was made; nothing where there is none.
pub(super) fn save(state: &State, piece: Piece) -> Vec<Effect> {
    let effect = match piece {
        Piece::Image => image(state),
        Piece::Picture => picture(state),
        Piece::Samples => stack(&state.denoising.gallery).map(|(header, stack)| nifti(header, "samples", stack)),
        Piece::Mean => map(state, 0, "mean"),
        Piece::Spread => map(state, 1, "spread"),
        Piece::Record => record(state),
    };
    effect.into_iter().collect()
}

/// All samples as the slices of one volume, in the order they were made.
pub(super) fn stack(gallery: &[Sample]) -> Option<(Header, Shared)> {
    let first = &gallery.first()?.image;
    let same: Vec<_> = gallery.iter().filter(|sample| sample.image.dims == first.dims).collect();
    let dims = [first.dims[0], first.dims[1], first.dims[2] * same.len()];
    let data = same.iter().flat_map(|sample| sample.image.data.iter().copied()).collect();
    let stack = Volume::new(dims, data, first.affine, first.unit.clone()).ok()?;
    Some((header_of(&stack), stack.into()))
}

fn image(state: &State) -> Option<Effect> {
    let gallery = &state.denoising.gallery;
    let sample = match state.denoising.shown {
        Shown::Sample(at) => gallery.get(at),
        _ => gallery.last(),
    }?;
    Some(nifti(header_of(&sample.image), &format!("seed-{}", sample.seed), sample.image.clone()))
}

fn map(state: &State, which: usize, what: &str) -> Option<Effect> {
    let map = state.denoising.maps.as_ref()?[which].clone();
    Some(nifti(header_of(&map), what, map))
}

fn picture(state: &State) -> Option<Effect> {
    let name = state.denoising.model.as_ref()?.facts.name.clone();
    let what = match state.denoising.shown {
        Shown::Now => "now".to_owned(),
        Shown::Sample(at) => format!("seed-{}", state.denoising.gallery.get(at)?.seed),
        Shown::Mean => "mean".to_owned(),
        Shown::Spread => "spread".to_owned(),
    };
    Some(Effect::SavePicture { name: format!("{name}-{what}.png"), picture: now_picture(state)? })
}

fn record(state: &State) -> Option<Effect> {
    let record = state.denoising.gallery.last()?.record.clone();
    Some(Effect::Save { name: "darkroom-run.json".to_owned(), bytes: record.into_bytes() })
}

fn nifti(header: Header, what: &str, values: Shared) -> Effect {
    Effect::PostValues(ToWorker::Denoise(ToDenoiser::Save { header, what: what.to_owned() }), values)
}

/// The grid of a volume whose values are sent along.
pub(super) fn header_of(volume: &Volume) -> Header {
    Header { dims: volume.dims, affine: volume.affine, unit: volume.unit.clone() }
}
