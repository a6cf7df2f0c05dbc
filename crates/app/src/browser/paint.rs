//! Slices on a canvas. Nothing here knows the page's state.

use darkroom_imaging::windowing::Picture;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::state::Scene;

/// Where a picture lies on its canvas, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Frame {
    /// A picture as large as fits, in the middle.
    fn fit(picture: &Picture, canvas: [f64; 2]) -> Self {
        let size = [picture.width as f64 * picture.pixel[0], picture.height as f64 * picture.pixel[1]];
        let scale = (canvas[0] / size[0]).min(canvas[1] / size[1]);
        let [width, height] = size.map(|length| length * scale);
        Self { left: (canvas[0] - width) / 2.0, top: (canvas[1] - height) / 2.0, width, height }
    }

    /// The share of the frame's width and height at a point of the canvas; outside 0..1 beside it.
    #[must_use]
    pub fn share(&self, x: f64, y: f64) -> [f64; 2] {
        [(x - self.left) / self.width, (y - self.top) / self.height]
    }
}

/// Draws a picture as large as fits, with the patient's directions where they are `lettered`, and tells where it lies;
/// `None` while the canvas has no size.
pub fn draw_picture(canvas: &HtmlCanvasElement, picture: &Picture, lettered: bool) -> Option<Frame> {
    let (context, size) = sized(canvas)?;
    let frame = Frame::fit(picture, size);
    // Fails only for a picture without pixels, which leaves the canvas empty.
    let drawn = put(&context, picture, &frame);
    if lettered && drawn.is_ok() {
        let _ = letters(&context, picture, &frame, false);
    }
    Some(frame)
}

/// Lays a clear picture over one that was drawn.
pub fn tint(canvas: &HtmlCanvasElement, frame: &Frame, picture: &Picture) {
    if let Some(context) = context(canvas) {
        // Fails only for a picture without pixels.
        let _ = put(&context, picture, frame);
    }
}

/// Outlines a rectangle of a picture that was drawn: left, top, right and bottom as shares of it.
pub fn outline(canvas: &HtmlCanvasElement, frame: &Frame, [left, top, right, bottom]: [f64; 4]) {
    let Some(context) = context(canvas) else { return };
    let [x, y] = [frame.left + left * frame.width, frame.top + top * frame.height];
    let [wide, tall] = [(right - left) * frame.width, (bottom - top) * frame.height];
    for (width, colour) in [(3.0, "rgba(0, 0, 0, 0.6)"), (1.5, ACCENT)] {
        context.set_line_width(width);
        context.set_stroke_style_str(colour);
        context.stroke_rect(x, y, wide, tall);
    }
}

/// Draws a scene and tells where its picture lies; `None` while the canvas has no size.
pub fn draw(canvas: &HtmlCanvasElement, scene: &Scene) -> Option<Frame> {
    let (context, size) = sized(canvas)?;
    let frame = Frame::fit(&scene.picture, size);
    try_draw(&context, scene, &frame).ok()?;
    Some(frame)
}

/// What draws on a canvas.
fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// A canvas made as fine as the screen, and its size in CSS pixels; `None` while it has none.
fn sized(canvas: &HtmlCanvasElement) -> Option<(CanvasRenderingContext2d, [f64; 2])> {
    let size = [f64::from(canvas.client_width()), f64::from(canvas.client_height())];
    if size[0] < 1.0 || size[1] < 1.0 {
        return None;
    }
    let ratio = web_sys::window()?.device_pixel_ratio();
    canvas.set_width((size[0] * ratio).round() as u32);
    canvas.set_height((size[1] * ratio).round() as u32);
    let context = context(canvas)?;
    context.scale(ratio, ratio).ok()?;
    Some((context, size))
}

fn try_draw(context: &CanvasRenderingContext2d, scene: &Scene, frame: &Frame) -> Result<(), JsValue> {
    put(context, &scene.picture, frame)?;
    if let Some((picture, from)) = &scene.over {
        let x = frame.left + frame.width * from;
        context.save();
        context.begin_path();
        context.rect(x, frame.top, frame.left + frame.width - x, frame.height);
        context.clip();
        put(context, picture, frame)?;
        if let Some(veil) = &scene.veil {
            put(context, veil, frame)?;
        }
        context.restore();
    }
    if let Some(tissues) = &scene.tissues {
        put(context, &tissues.tinted(&tissue_colours()), frame)?;
    }
    cross(context, scene, frame);
    regions(context, scene, frame)?;
    if let Some((_, from)) = &scene.over {
        context.set_fill_style_str(ACCENT);
        context.fill_rect(frame.left + frame.width * from - 1.0, frame.top, 2.0, frame.height);
    }
    letters(context, &scene.picture, frame, scene.on_white)
}

/// The safelight's colour, readable on white and on black.
const ACCENT: &str = "#e8502a";

/// How many tissues the stylesheet has colours for.
pub const TISSUES: u8 = 8;

/// The stylesheet's colours of tissues 1, 2 and so on, in the colour scheme that the page is shown in.
fn tissue_colours() -> Vec<[u8; 3]> {
    let root = web_sys::window().and_then(|window| {
        let root = window.document()?.document_element()?;
        window.get_computed_style(&root).ok().flatten()
    });
    let colour = |tissue: u8| {
        let text = root.as_ref()?.get_property_value(&format!("--tissue-{tissue}")).ok()?;
        let number = u32::from_str_radix(text.trim().strip_prefix('#')?, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some([red, green, blue])
    };
    (1..=TISSUES).map_while(colour).collect()
}

/// Draws a picture where a frame says.
///
/// # Errors
/// The browser's, for a picture without pixels.
pub fn put(context: &CanvasRenderingContext2d, picture: &Picture, frame: &Frame) -> Result<(), JsValue> {
    let image = ImageData::new_with_u8_clamped_array_and_sh(
        Clamped(&picture.rgba),
        picture.width as u32,
        picture.height as u32,
    )?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let pixels: HtmlCanvasElement = document.create_element("canvas")?.unchecked_into();
    pixels.set_width(picture.width as u32);
    pixels.set_height(picture.height as u32);
    let inner: CanvasRenderingContext2d = pixels.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into();
    inner.put_image_data(&image, 0.0, 0.0)?;
    context.set_image_smoothing_enabled(true);
    context.draw_image_with_html_canvas_element_and_dw_and_dh(&pixels, frame.left, frame.top, frame.width, frame.height)
}

/// Crosshair with an open middle, so that it never hides the voxel it points at.
fn cross(context: &CanvasRenderingContext2d, scene: &Scene, frame: &Frame) {
    const GAP: f64 = 9.0;
    let x = frame.left + (scene.cross[0] as f64 + 0.5) / scene.picture.width as f64 * frame.width;
    let y = frame.top + (scene.cross[1] as f64 + 0.5) / scene.picture.height as f64 * frame.height;
    context.set_fill_style_str(if scene.on_white { "rgba(0, 0, 0, 0.42)" } else { "rgba(255, 255, 255, 0.55)" });
    let [right, bottom] = [frame.left + frame.width, frame.top + frame.height];
    for (left, top, width, height) in [
        (frame.left, y - 0.5, x - GAP - frame.left, 1.0),
        (x + GAP, y - 0.5, right - x - GAP, 1.0),
        (x - 0.5, frame.top, 1.0, y - GAP - frame.top),
        (x - 0.5, y + GAP, 1.0, bottom - y - GAP),
    ] {
        if width > 0.0 && height > 0.0 {
            context.fill_rect(left, top, width, height);
        }
    }
}

/// The outlines of measured spheres and boxes, dark on light so that they show on every grey.
fn regions(context: &CanvasRenderingContext2d, scene: &Scene, frame: &Frame) -> Result<(), JsValue> {
    let scale = [frame.width / scene.picture.width as f64, frame.height / scene.picture.height as f64];
    for region in &scene.regions {
        let [x, y] = [frame.left + region.centre[0] * scale[0], frame.top + region.centre[1] * scale[1]];
        let [wide, tall] = [region.half[0] * scale[0], region.half[1] * scale[1]];
        for (width, colour) in [(3.0, "rgba(255, 255, 255, 0.75)"), (1.25, "#111")] {
            context.begin_path();
            if region.round {
                context.ellipse(x, y, wide, tall, 0.0, 0.0, std::f64::consts::TAU)?;
            } else {
                context.rect(x - wide, y - tall, 2.0 * wide, 2.0 * tall);
            }
            context.set_line_width(width);
            context.set_stroke_style_str(colour);
            context.stroke();
        }
    }
    Ok(())
}

/// Patient directions at the edges, beside the crosshair's lines and with a rim that sets them off.
fn letters(
    context: &CanvasRenderingContext2d,
    picture: &Picture,
    frame: &Frame,
    on_white: bool,
) -> Result<(), JsValue> {
    const INSET: f64 = 10.0;
    context.set_font("600 12px system-ui, sans-serif");
    context.set_text_align("center");
    context.set_text_baseline("middle");
    let (ink, rim) = if on_white { ("#3a3a3a", "#fff") } else { ("#d8d8d8", "#000") };
    context.set_fill_style_str(ink);
    context.set_stroke_style_str(rim);
    context.set_line_width(3.0);
    let middle = [frame.left + frame.width / 2.0, frame.top + frame.height / 2.0];
    let places = [
        [frame.left + INSET, middle[1]],
        [frame.left + frame.width - INSET, middle[1]],
        [middle[0], frame.top + INSET],
        [middle[0], frame.top + frame.height - INSET],
    ];
    for (letter, [x, y]) in picture.letters.iter().zip(places) {
        let letter = letter.to_string();
        context.stroke_text(&letter, x, y)?;
        context.fill_text(&letter, x, y)?;
    }
    Ok(())
}

/// A palette from its low to its high end, one pixel a level; the canvas is stretched by its style.
pub fn bar(canvas: &HtmlCanvasElement, palette: &[[u8; 4]; 256]) {
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(palette.as_flattened()), 256, 1);
    if let (Some(context), Ok(image)) = (context(canvas), image) {
        // Fails only for an image of no size.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}
