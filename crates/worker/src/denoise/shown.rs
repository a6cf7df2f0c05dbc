//! What of a sample under way can be looked at. Nothing here runs unless it is asked for.

use darkroom_imaging::{Affine, Unit, Volume};
use darkroom_messages::Look;
use darkroom_pipelines::diffusion::cropped;

use super::start::Begun;
use super::studio::Studio;
use crate::channels::beside;
use crate::engine::Bench;
use crate::trouble::Trouble;

/// The grid of a picture that no input gives a place: i grows to the left, j to the back.
const UPRIGHT: Affine = [[-1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

/// What is looked at, as a volume of one slice; `None` where there is nothing yet.
pub(super) async fn shown(bench: &Bench, studio: &mut Studio, look: Look) -> Result<Option<Volume>, Trouble> {
    let state = studio.generation(bench).await?.state();
    let values = match look {
        Look::Clean if state.x0.is_empty() => return Ok(None),
        Look::Clean => return image(bench, studio).await.map(Some),
        Look::Noisy => state.x.clone(),
        Look::Noise => state.predicted_noise(),
    };
    if values.is_empty() { Ok(None) } else { plain(bench, studio, &values).await.map(Some) }
}

/// The image that the sample's clean x of now stands for.
pub(super) async fn image(bench: &Bench, studio: &mut Studio) -> Result<Volume, Trouble> {
    let (image, edges) = studio.generation(bench).await?.image().await?;
    if let Some(slice) = studio.under_way.as_ref().and_then(|under_way| under_way.slice.clone()) {
        let values = slice.source.values(&cropped(&image, edges, slice.source.slices(&slice.volume).dims)?);
        return Ok(slice.source.slice(&slice.volume, slice.at, values)?);
    }
    let generator = studio.generator(bench).await?;
    let made = generator.volume([edges[1], edges[0], 1], generator.values(&image))?;
    Ok(match studio.under_way.as_ref().and_then(|under_way| under_way.start.as_ref()) {
        Some(Begun::Slice(slice)) => slice.place(made),
        _ => made,
    })
}

/// Values of x as they are: of one channel where its slice lies, of several beside each other.
async fn plain(bench: &Bench, studio: &mut Studio, values: &[f32]) -> Result<Volume, Trouble> {
    let edges = studio.generation(bench).await?.edges();
    let slice = studio.under_way.as_ref().and_then(|under_way| under_way.slice.as_ref());
    if let Some(slice) = slice.filter(|_| values.len() == edges[0] * edges[1])
        && let Ok(values) = cropped(values, edges, slice.source.slices(&slice.volume).dims)
    {
        let volume = slice.source.slice(&slice.volume, slice.at, values)?;
        return Ok(Volume { unit: Unit::Other(String::new()), ..volume });
    }
    let (data, [height, width]) = beside(values, edges);
    let volume = Volume::new([width, height, 1], data, UPRIGHT, Unit::Other(String::new()));
    volume.map_err(|error| Trouble::new(format!("This step cannot be shown: {error}."), "Look at the image instead."))
}
