//! The options of a select.

use leptos::prelude::*;

/// An option for each pair of value and words. The one is chosen whose value `chosen` gives: a value set on the select
/// itself would come before its options, and choose nothing each time the select is made anew.
pub fn choices(
    rows: impl IntoIterator<Item = (String, String)>,
    chosen: impl Fn() -> String + Clone + Send + Sync + 'static,
) -> impl IntoView {
    let option = |(value, words): (String, String)| {
        let (chosen, own) = (chosen.clone(), value.clone());
        view! { <option value=value prop:selected=move || chosen() == own>{words}</option> }
    };
    rows.into_iter().map(option).collect_view()
}
