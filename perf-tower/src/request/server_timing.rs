use std::fmt::Write;

use http::{HeaderName, HeaderValue};
use perf_core::Scope;
use perf_core::time::Duration;

pub(super) const NAME: HeaderName = HeaderName::from_static("server-timing");

/// Where the time went up to the head, as W3C Server Timing writes it: milliseconds.
pub(super) fn value(scope: &Scope) -> Option<HeaderValue> {
    let (split, work) = scope.so_far();
    let mut text = String::with_capacity(128);
    add(&mut text, "total", split.whole(), None);
    let queries = work.queries();
    let counted = |count: u64, one, many| (count > 0).then_some((count, one, many));
    for (name, part, count) in [
        ("db", split.database, counted(queries, "query", "queries")),
        ("cache", split.cache, counted(work.cache_hits(), "hit", "hits")),
        ("outgoing", split.outgoing, counted(work.calls(), "call", "calls")),
    ] {
        if !part.is_zero() || count.is_some() {
            add(&mut text, name, part, count);
        }
    }
    add(&mut text, "cpu", split.cpu, None);
    add(&mut text, "scheduler", split.scheduler, None);
    HeaderValue::try_from(text).ok()
}

type Count = (u64, &'static str, &'static str);

fn add(text: &mut String, name: &str, part: Duration, count: Option<Count>) {
    let separator = if text.is_empty() { "" } else { ", " };
    let millis = part.as_secs_f64() * 1_000.0;
    // A `String` takes everything.
    _ = write!(text, "{separator}{name};dur={millis:.3}");
    if let Some((count, one, many)) = count {
        let what = if count == 1 { one } else { many };
        _ = write!(text, ";desc=\"{count} {what}\"");
    }
}
