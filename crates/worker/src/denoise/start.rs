//! The image that a sample starts from, in place of noise.

use std::rc::Rc;

use darkroom_imaging::{LabelMap, Volume, rectangle, resample};
use darkroom_messages::{FromDenoiser, FromWorker, Header, Region, StartFrom, Wish};
use darkroom_pipelines::diffusion::{StartImage, StartRecord, StartSlice, StartVolume};
use js_sys::{Array, Float32Array, Uint8Array};
use wasm_bindgen::JsCast;

use super::studio::Studio;
use super::under_way::Slice;
use crate::engine::Bench;
use crate::labels::read;
use crate::post::{header, post_bytes};
use crate::trouble::Trouble;

/// The image that a wish names.
pub(super) struct Origin {
    pub(super) image: Rc<Volume>,
    /// What of it is made anew; all of it without.
    pub(super) mask: Option<LabelMap>,
}

/// What a sample starts from.
pub(crate) enum Begun {
    /// A slice of any image, for a model that is given none.
    Slice(Box<StartSlice>),
    /// The slice of a volume that lies where the one translated does.
    Beside(Box<(StartImage, StartRecord, Vec<String>)>),
}

impl Begun {
    /// The image.
    pub(crate) fn image(&self) -> &StartImage {
        match self {
            Self::Slice(slice) => &slice.image,
            Self::Beside(beside) => &beside.0,
        }
    }

    /// What it was made of.
    pub(crate) fn record(&self) -> StartRecord {
        match self {
            Self::Slice(slice) => slice.record.clone(),
            Self::Beside(beside) => beside.1.clone(),
        }
    }

    /// What the user should know of it.
    pub(crate) fn notes(&self) -> &[String] {
        match self {
            Self::Slice(slice) => &slice.notes,
            Self::Beside(beside) => &beside.2,
        }
    }
}

/// Keeps an image that the page sent along.
pub(super) fn keep(studio: &mut Studio, Header { dims, affine, unit }: Header, carried: &Array) -> Result<(), Trouble> {
    let values = carried.get(0).unchecked_into::<Float32Array>().to_vec();
    let volume = Volume::new(dims, values, affine, unit)
        .map_err(|error| Trouble::new(format!("This image cannot be started from: {error}."), "Choose another."))?;
    studio.kept = Some(Rc::new(volume));
    studio.halted = None;
    Ok(())
}

/// Keeps what the page wants made anew.
pub(super) fn keep_mask(studio: &mut Studio, Header { dims, .. }: &Header, carried: &Array) {
    let values = carried.get(0).unchecked_into::<Float32Array>().to_vec();
    studio.mask =
        Some(LabelMap { dims: *dims, labels: values.into_iter().map(|value| u8::from(value > 0.0)).collect() });
    studio.halted = None;
}

/// Reads a label map, or takes the one in use, and hands it to the page on the grid of the image to start from.
pub(super) async fn read_mask(
    bench: &Bench,
    studio: &Studio,
    (name, from): (Option<String>, StartFrom),
    carried: &Array,
) -> Result<(), Trouble> {
    let image = studio.image(bench, from)?;
    let (map, note) = match &name {
        Some(_) => read(carried, &image).await?,
        None => {
            let nothing = || Trouble::new("No label map is in use for this series.", "Choose a file instead.");
            let series = bench.selected.borrow().clone().ok_or_else(nothing)?;
            let map = bench.regions.borrow().as_ref().map(|mask| mask.labels.clone()).ok_or_else(nothing)?;
            resample::onto(&map, &series.volume.affine, &image)?
        }
    };
    let report = FromWorker::Denoise(FromDenoiser::MaskRead { name, header: header(&image), note });
    post_bytes(&report, &Uint8Array::from(map.labels.as_slice()));
    Ok(())
}

impl Studio {
    /// An image to start from.
    fn image(&self, bench: &Bench, from: StartFrom) -> Result<Rc<Volume>, Trouble> {
        let volume = match from {
            StartFrom::Kept => self.kept.clone(),
            StartFrom::Series => bench.selected.borrow().as_ref().map(|selected| selected.volume.clone()),
        };
        volume.ok_or_else(|| Trouble::new("There is no image to start from.", "Choose one, or start from noise."))
    }

    /// The image that a wish names, and what of it is made anew; `None` where it names none.
    pub(super) fn origin(&self, bench: &Bench, wish: &Wish) -> Result<Option<Origin>, Trouble> {
        let Some(start) = wish.start.as_deref() else { return Ok(None) };
        let image = self.image(bench, start.from)?;
        let nothing = || Trouble::new("There is no mask of what is to be made anew.", "Choose a label map.");
        let mask = match start.region {
            None => None,
            Some(Region::Rectangle(edges)) => Some(rectangle(&image, edges)),
            Some(Region::Mask) => Some(self.mask.clone().ok_or_else(nothing)?),
        };
        Ok(Some(Origin { image, mask }))
    }

    /// What a sample starts from: of a slice that is translated, or of the slice that the wish names.
    pub(super) async fn begun(
        &mut self,
        bench: &Bench,
        wish: &Wish,
        slice: Option<&Slice>,
    ) -> Result<Option<Begun>, Trouble> {
        let (Some(Origin { image, mask }), Some(start)) = (self.origin(bench, wish)?, &wish.start) else {
            return Ok(None);
        };
        if let Some(slice) = slice {
            let beside = StartVolume::new(&slice.source, &slice.volume, &image, mask.as_ref())?;
            let notes = beside.note.iter().cloned().collect();
            return Ok(Some(Begun::Beside(Box::new((beside.image(&slice.source, slice.at), beside.record, notes)))));
        }
        let generator = self.generator(bench).await?;
        let at = start.slice.filter(|_| start.from == StartFrom::Series);
        Ok(Some(Begun::Slice(Box::new(generator.start(&image, mask.as_ref(), at)?))))
    }
}
