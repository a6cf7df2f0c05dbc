//! The image that a sample starts from, in place of noise.

use std::rc::Rc;

use darkroom_imaging::{Volume, rectangle};
use darkroom_messages::{Header, StartFrom, StartWish, Wish};
use darkroom_pipelines::diffusion::{StartImage, StartRecord, StartSlice, StartVolume};
use js_sys::{Array, Float32Array};
use wasm_bindgen::JsCast;

use super::studio::{Slice, Studio};
use crate::engine::Bench;
use crate::trouble::Trouble;

/// What a sample starts from.
pub(crate) enum Begun {
    /// A slice of any image, for a model that is given none.
    Slice(Box<StartSlice>),
    /// The slice of a volume that lies where the one translated does.
    Beside(Box<(StartImage, StartRecord)>),
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
            Self::Beside(_) => &[],
        }
    }
}

/// Keeps an image that the page sent along.
pub(super) fn keep(studio: &mut Studio, Header { dims, affine, unit }: Header, carried: &Array) -> Result<(), Trouble> {
    let values = carried.get(0).unchecked_into::<Float32Array>().to_vec();
    let volume = Volume::new(dims, values, affine, unit)
        .map_err(|error| Trouble::new(format!("This image cannot be started from: {error}."), "Choose another."))?;
    studio.kept = Some(Rc::new(volume));
    Ok(())
}

impl Studio {
    /// The image that a wish names; `None` where it names none.
    pub(super) fn origin(&self, bench: &Bench, wish: &Wish) -> Result<Option<Rc<Volume>>, Trouble> {
        let Some(StartWish { from, .. }) = wish.start.as_deref() else { return Ok(None) };
        let volume = match from {
            StartFrom::Kept => self.kept.clone(),
            StartFrom::Series => bench.selected.borrow().as_ref().map(|selected| selected.volume.clone()),
        };
        let nothing = || Trouble::new("There is no image to start from.", "Choose one, or start from noise.");
        volume.ok_or_else(nothing).map(Some)
    }

    /// What a sample starts from: of a slice that is translated, or of the slice that the wish names.
    pub(super) async fn begun(
        &mut self,
        bench: &Bench,
        wish: &Wish,
        slice: Option<&Slice>,
    ) -> Result<Option<Begun>, Trouble> {
        let (Some(volume), Some(start)) = (self.origin(bench, wish)?, &wish.start) else { return Ok(None) };
        let mask = start.region.map(|region| rectangle(&volume, region));
        if let Some(slice) = slice {
            let beside = StartVolume::new(&slice.source, &slice.volume, &volume, mask.as_ref())?;
            return Ok(Some(Begun::Beside(Box::new((beside.image(&slice.source, slice.at), beside.record)))));
        }
        let generator = self.generator(bench).await?;
        let at = start.slice.filter(|_| start.from == StartFrom::Series);
        Ok(Some(Begun::Slice(Box::new(generator.start(&volume, mask.as_ref(), at)?))))
    }
}
