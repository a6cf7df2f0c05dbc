//! A model in two lines, and its card.

use darkroom_messages::ModelFacts;
use leptos::html::Dialog;
use leptos::prelude::*;

use super::header::open;
use crate::state::{CardBlock, card_blocks, size_words};

/// What a model is, with the card behind a button. `test` is what the tests know its title by.
#[component]
pub fn About(facts: ModelFacts, test: &'static str) -> impl IntoView {
    let dialog: NodeRef<Dialog> = NodeRef::new();
    let ModelFacts { title, version, precision, bytes, .. } = facts.clone();
    let short = precision.split(',').next().unwrap_or_default().to_owned();
    let size = format!(" \u{b7} {} \u{b7} v{version} \u{b7} ", size_words(bytes));
    view! {
        <p class="model-name" data-testid=test>{title}</p>
        <p class="facts">
            <span title=precision>{short}</span>{size}
            <button class="link" on:click=move |_| open(dialog)>"model card"</button>
        </p>
        <Card facts dialog />
    }
}

/// The dialog with the card.
#[component]
fn Card(facts: ModelFacts, dialog: NodeRef<Dialog>) -> impl IntoView {
    let blocks = card_blocks(&facts.card).into_iter().map(block).collect_view();
    view! {
        <dialog node_ref=dialog class="card" aria-labelledby="card-title">
            <p class="facts" id="card-title" tabindex="-1" autofocus>{facts.name}" "{facts.version}" · "{facts.licence}</p>
            {blocks}
            <form method="dialog"><button class="quiet">"Close"</button></form>
        </dialog>
    }
}

fn block(block: CardBlock) -> AnyView {
    match block {
        CardBlock::Heading(text) => view! { <h3>{text}</h3> }.into_any(),
        CardBlock::Paragraph(text) => view! { <p>{text}</p> }.into_any(),
        CardBlock::List(items) => {
            let items = items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
            view! { <ul>{items}</ul> }.into_any()
        }
        CardBlock::Table(rows) => {
            let mut rows = rows.into_iter();
            let head = rows.next().unwrap_or_default().into_iter();
            let head = head.map(|cell| view! { <th scope="col">{cell}</th> }).collect_view();
            let body = rows.map(|row| {
                let cells = row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
                view! { <tr>{cells}</tr> }
            });
            view! {
                <div class="scroll">
                    <table><thead><tr>{head}</tr></thead><tbody>{body.collect_view()}</tbody></table>
                </div>
            }
            .into_any()
        }
    }
}
