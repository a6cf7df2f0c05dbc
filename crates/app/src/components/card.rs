//! The model card.

use darkroom_messages::ModelSummary;
use leptos::html::Dialog;
use leptos::prelude::*;

use crate::state::{CardBlock, card_blocks};

/// The dialog with the card.
#[component]
pub fn Card(model: ModelSummary, dialog: NodeRef<Dialog>) -> impl IntoView {
    let blocks = card_blocks(&model.card).into_iter().map(block).collect_view();
    view! {
        <dialog node_ref=dialog class="card" aria-labelledby="card-title">
            <p class="facts" id="card-title" tabindex="-1" autofocus>{model.name}" "{model.version}" · "{model.licence}</p>
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
