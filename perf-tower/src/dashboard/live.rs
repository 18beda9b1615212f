//! Pages that change by themselves: the main part of a page each second, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use futures_util::{Stream, StreamExt, stream};
use perf_core::sync::Arc;
use tokio::time::{Instant, interval_at};

use super::address::Address;
use super::page;
use super::source::{Snapshots, Source};

const EVERY: Duration = Duration::from_secs(1);

/// Then the browser connects again: a server that shuts down waits no longer for its watchers.
const EVENTS: usize = 10;

/// How soon it does.
const RETRY: Duration = Duration::from_millis(200);

/// The main part of the page at `address`, each second.
pub(super) fn events(
    snapshots: Arc<Snapshots>,
    root: String,
    address: Address,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = interval_at(Instant::now() + EVERY, EVERY);
    let ticks = stream::unfold(ticks, |mut ticks| async move {
        ticks.tick().await;
        Some(((), ticks))
    });
    let events = ticks.take(EVENTS).map(move |()| {
        let view = page::view(&address, &Source::new(&snapshots, &root));
        let html = view.map(|view| view.main.into_string());
        // What is gone, a request that is no longer kept, stays on the page as it was.
        Ok(html.map_or_else(Event::default, |html| Event::default().retry(RETRY).data(html)))
    });
    Sse::new(events)
}
