//! Pages that change by themselves: the main part of a page each second, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use futures_util::{Stream, stream};
use tokio::time::{Instant, interval_at};

use super::address::Address;
use super::page;
use super::router::Dashboard;
use super::source::Source;

const EVERY: Duration = Duration::from_secs(1);

/// Then the browser connects again: a server that shuts down waits no longer for its watchers.
const EVENTS: usize = 10;

/// How soon it does.
const RETRY: Duration = Duration::from_millis(200);

/// The main part of the page at `address`, each second.
pub(super) fn events(
    dashboard: Dashboard,
    root: String,
    address: Address,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = interval_at(Instant::now() + EVERY, EVERY);
    let events = stream::unfold((ticks, EVENTS), move |(mut ticks, left)| {
        let (dashboard, root, address) = (dashboard.clone(), root.clone(), address.clone());
        async move {
            let left = left.checked_sub(1)?;
            ticks.tick().await;
            let source = Source::gather(&dashboard, &root, &address).await;
            let event = match page::view(&address, &source) {
                Some(view) => Event::default().retry(RETRY).data(view.main.into_string()),
                // What is gone, a request that is no longer kept, stays on the page as it was.
                None => Event::default().comment("gone"),
            };
            Some((Ok(event), (ticks, left)))
        }
    });
    Sse::new(events)
}
