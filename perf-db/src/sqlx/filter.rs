use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// The target of the events in which sqlx tells of its statements.
pub(super) const TARGET: &str = "sqlx::query";

/// What [`SqlxLayer`](super::SqlxLayer) has to see, and nothing else: the events of sqlx's
/// statements, and spans at INFO and above.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SqlxFilter;

impl SqlxFilter {
    pub(super) fn new() -> Self {
        Self
    }
}

fn is_seen(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        *metadata.level() <= Level::INFO
    } else {
        // Before the event sqlx asks, with a hint that is neither span nor event.
        metadata.target() == TARGET
    }
}

impl<S> Filter<S> for SqlxFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_seen(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_seen(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
