//! The keys and what the page is for.

use leptos::html::Dialog;
use leptos::prelude::*;

const KEYS: [(&str, &str); 12] = [
    ("↑ ↓, wheel", "slice of the plane in focus"),
    ("Home, End", "first, last slice"),
    ("Page Up, Page Down", "series"),
    (", .", "which plane is large"),
    ("← →", "move the swipe"),
    ("1 2 3", "swipe: result, half, input"),
    ("d", "difference map"),
    ("i", "invert grey"),
    ("Space", "window, crosshair and swipe as at first"),
    ("r", "enhance"),
    ("Esc", "cancel the run, or end the sample and keep what is predicted"),
    ("s", "save as NIfTI"),
];

/// The dialog.
#[component]
pub fn Help(dialog: NodeRef<Dialog>) -> impl IntoView {
    let rows = KEYS.map(|(key, what)| view! { <tr><th scope="row"><kbd>{key}</kbd></th><td>{what}</td></tr> });
    view! {
        <dialog node_ref=dialog aria-labelledby="help-title">
            <h2 id="help-title" tabindex="-1" autofocus>"Help"</h2>
            <p>
                "Drop a series, press Enhance, compare, save. Everything is computed in this browser, on this computer's GPU.
                Click an image to move the crosshair, drag to change the window, drag the handle between input and result."
            </p>
            <p>
                "Translate turns the open series into another kind of image with a diffusion model, Generate makes images of noise
                alone. Watch the steps, pause, go back; the same seed gives the same image."
            </p>
            <table class="keys"><caption>"Keys, while the images have the focus"</caption><tbody>{rows}</tbody></table>
            <p>"Results are synthetic: for research and teaching, not for diagnosis."</p>
            <form method="dialog"><button class="quiet">"Close"</button></form>
        </dialog>
    }
}
