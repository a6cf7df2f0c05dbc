//! The proof that the room is sealed: the policy, what was removed, and a test that really tries.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::browser::room::Attempt;
use crate::browser::store::Store;

/// The dialog.
#[component]
pub fn Proof(store: Store, sent: Signal<usize>, dialog: NodeRef<Dialog>) -> impl IntoView {
    let rows: RwSignal<Option<Vec<Attempt>>> = RwSignal::new(None);
    let running = RwSignal::new(false);
    let room = store.room();
    let test = move |_| {
        running.set(true);
        leptos::task::spawn_local(async move {
            rows.set(Some(store.room().self_test().await));
            running.set(false);
        });
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="proof-title">
            <h2 id="proof-title" tabindex="-1" autofocus>"The sealed room"</h2>
            <p>
                "The page, the engine and the weights were loaded before any file was accepted. Then the page took on a policy that
                no script can lift: page and worker can reach no server, not even the one they came from."
            </p>
            <p class="figure">
                <strong>{move || sent.get()}</strong>" requests left the page since it was sealed."
            </p>
            <button class="primary" data-testid="self-test" disabled=move || running.get() on:click=test>
                {move || if running.get() { "Trying…" } else { "Try to escape" }}
            </button>
            {move || rows.get().map(|rows| view! { <Attempts rows /> })}
            <details>
                <summary>"The policy in force"</summary>
                <code class="policy">{room.policy()}</code>
                <p>"Removed from this browser for this page: "{room.locked()}"."</p>
            </details>
            <details>
                <summary>"What this cannot promise"</summary>
                <p>
                    "Browser extensions and the operating system see what you see. The server's log knows that the page was loaded,
                    not what was done in it. You can also go offline now and work: everything is here."
                </p>
            </details>
            <form method="dialog"><button class="quiet">"Close"</button></form>
        </dialog>
    }
}

/// What became of each attempt.
#[component]
fn Attempts(rows: Vec<Attempt>) -> impl IntoView {
    let row = |attempt: Attempt| {
        let escaped = attempt.verdict != "refused";
        view! {
            <tr data-testid="self-test-row" class:escaped=escaped>
                <th scope="row">{attempt.name}</th>
                <td>{attempt.verdict}</td>
                <td>{attempt.how}</td>
            </tr>
        }
    };
    view! {
        <table class="attempts">
            <thead><tr><th scope="col">"Way out"</th><th scope="col">"Outcome"</th><th scope="col">"How"</th></tr></thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}
