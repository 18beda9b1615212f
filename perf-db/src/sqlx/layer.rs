use perf_core::{CallSite, QueryEvent};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::filter::TARGET;
use super::statement::{Numbers, Text};

/// Turns the events of sqlx into those of perf-core; made by [`layer`](super::layer).
#[derive(Debug)]
#[non_exhaustive]
pub struct SqlxLayer;

impl SqlxLayer {
    pub(super) fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for SqlxLayer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(fingerprint) = Text::of_statement(event) else { return };
        let numbers = Numbers::of(event);
        let mut spans = context.event_scope(event).into_iter().flatten();
        let call_site = spans.find_map(|span| place(span.metadata()));
        QueryEvent::new(fingerprint, call_site.unwrap_or(UNKNOWN), numbers.elapsed)
            .rows(numbers.rows)
            .parameters_unknown()
            .record();
    }
}

/// Not the place of the event, which tells slow statements from others and nothing else.
const UNKNOWN: CallSite = CallSite::at(TARGET, 0);

fn place(span: &'static Metadata<'static>) -> Option<CallSite> {
    Some(CallSite::at(span.file()?, span.line()?))
}
