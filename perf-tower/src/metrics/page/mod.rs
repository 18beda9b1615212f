//! Which families there are, in which order.

mod cache;
mod client;
mod database;
mod http;
mod job;
mod own;

use std::collections::BTreeMap;

use perf_core::recorder::RouteStats;
use perf_core::{Outcome, Snapshot};

use super::accept::Format;
use super::series::Series;
use super::text::{Decimal, Metric, Samples, Text};

/// The whole page, about `length` bytes long.
pub(super) fn of(snapshot: &Snapshot, format: Format, length: usize) -> String {
    let mut text = Text::new(format, length);
    http::write(&mut text, &snapshot.routes);
    job::write(&mut text, &snapshot.routes);
    database::write_queries(&mut text, &snapshot.queries);
    database::write_pools(&mut text, &snapshot.pools);
    cache::write(&mut text, &snapshot.caches);
    client::write(&mut text, &snapshot.calls);
    own::write(&mut text, snapshot);
    text.end()
}

/// Scopes that did not fit are requests nearly always, so their series counts as one of requests.
fn is_of_requests(route: &RouteStats) -> bool {
    route.method.is_some() || route.template == OTHER
}

/// The recorder's name of the series that counts for all series beyond a bound.
pub(super) const OTHER: &str = "_other";

/// The name of [`PerfLayer`](crate::PerfLayer) for what no template matched.
pub(super) const UNMATCHED: &str = "_unmatched";

/// How scopes ended; what OpenTelemetry calls `error.type` is the outcome here.
fn outcomes(samples: &mut Samples<'_>, route: &Series<'_, '_, RouteStats>) {
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    for (outcome, count) in route.all().flat_map(|route| &route.outcomes) {
        *outcomes.entry(*outcome).or_default() += count;
    }
    for (outcome, count) in outcomes {
        samples.number(route.labels(), Some(("outcome", outcome.as_str())), count);
    }
}

/// The split of the time of all scopes that have closed.
fn parts(samples: &mut Samples<'_>, route: &Series<'_, '_, RouteStats>) {
    for place in 0..6 {
        let nanos = |route: &RouteStats| {
            u64::try_from(route.split.parts()[place].1.as_nanos()).unwrap_or(u64::MAX)
        };
        let Some((part, _)) = route.all().next().map(|route| route.split.parts()[place]) else {
            continue;
        };
        let seconds = Decimal { value: route.sum(nanos), scale: 1_000_000_000 };
        samples.number(route.labels(), Some(("part", part)), seconds);
    }
}

/// What failed and what was given up, apart from each other.
fn failures<S>(
    text: &mut Text,
    metric: &'static Metric,
    all: &super::series::AllSeries<'_, S>,
    of: impl Fn(&S) -> (u64, u64),
) {
    text.family(metric, |samples| {
        for series in all.iter() {
            let errors = series.sum(|series| of(series).0);
            samples.number(series.labels(), Some(("error_type", "error")), errors);
            let cancelled = series.sum(|series| of(series).1);
            samples.number(series.labels(), Some(("error_type", "cancelled")), cancelled);
        }
    });
}
