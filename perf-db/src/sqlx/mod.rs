//! Statements that an application sends through sqlx, from the events that sqlx itself writes to
//! `tracing`: nothing changes where they are sent.
//!
//! ```no_run
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//! use tracing_subscriber::{EnvFilter, Layer, fmt, registry};
//!
//! registry()
//!     .with(perf_db::sqlx::layer())
//!     // A filter for the log alone: one for the whole would take sqlx's events from the layer too.
//!     .with(fmt::layer().with_filter(EnvFilter::from_default_env()))
//!     .init();
//! ```
//!
//! Each statement becomes a [`QueryEvent`](perf_core::QueryEvent) of the scope in which it was
//! sent. The layer prints nothing.
//!
//! What the events tell decides what is known:
//!
//! - **Call site**: the innermost span at INFO or above, so put `#[tracing::instrument]` on what
//!   sends statements. Outside of every span it is `sqlx::query`, and statements of all places
//!   count as one.
//! - **Duration**: what sqlx measured. It has the time in which a stream of rows waited for its
//!   reader, and not the wait for a connection of the pool.
//! - **Parameters** are not told. A statement with placeholders that is repeated counts as an N+1,
//!   and the finding says that its parameters may be the same each time.
//! - **Ends** are not told either: statements that failed or were cancelled count as others do,
//!   and those that found no connection do not count. The `begin` of a transaction is not told, nor
//!   the rollback of one that was dropped.
//!
//! sqlx tells of its statements at DEBUG and of slow ones at WARN. Where the application calls
//! `log_statements` or `log_slow_statements`, the level must be DEBUG or above; what is `Off` or at
//! TRACE is not seen. Builds with a `max_level_*` feature of `tracing` below DEBUG have no events.
//!
//! Statements are read as PostgreSQL: with MySQL a text in double quotes would pass for an
//! identifier, and be kept.
//!
//! # Cost
//! sqlx writes the text of each statement anew for its event, once anybody wants it; the layer adds
//! a hash of the text and one [`QueryEvent::record`](perf_core::QueryEvent::record). A text that
//! is new is read at about 10 ns a byte, and at most 64 KiB of it.
//!
//! Spans at INFO and above are made for the layer also where no other layer wants them.

mod filter;
mod layer;
mod statement;

pub use filter::SqlxFilter;
pub use layer::SqlxLayer;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::registry::LookupSpan;

/// Records the statements of sqlx; see the [module](self).
pub fn layer<S>() -> Filtered<SqlxLayer, SqlxFilter, S>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    SqlxLayer::new().with_filter(SqlxFilter::new())
}
