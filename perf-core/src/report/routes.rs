//! What is known about routes: how quick they are, where their time goes, what they send.

use std::cmp::Reverse;

use super::columns::Columns;
use super::text::shortened;
use super::{MAX_ROWS, NAME_WIDTH};
use crate::metric::Latency;
use crate::recorder::RouteStats;
use crate::scope::{Outcome, Split};
use crate::time::Duration;
use crate::units::{bytes, millis, percent};

/// Those that were given up by their clients: neither good nor an error.
pub(super) fn cancelled(route: &RouteStats) -> u64 {
    let given_up = [Outcome::CancelledBeforeHead, Outcome::CancelledInBody];
    given_up.iter().filter_map(|outcome| route.outcomes.get(outcome)).sum()
}

pub(super) fn latencies(routes: &[RouteStats]) -> Columns {
    let any_cancelled = routes.iter().any(|route| cancelled(route) > 0);
    let mut columns = Columns::new(["route"], ["requests", "errors"]);
    if any_cancelled {
        columns = columns.numbers(["cancelled"]);
    }
    let mut columns = columns
        .numbers(["req/s", "p50 ms", "p95 ms", "p99 ms"])
        .numbers(["min ms", "max ms", "mean ms"]);
    for route in routes.iter().take(MAX_ROWS) {
        let Latency { p50, p95, p99, min, max, mean, .. } = route.total;
        let mut cells = vec![name(route), route.requests.to_string(), route.errors.to_string()];
        cells.extend(any_cancelled.then(|| cancelled(route).to_string()));
        cells.push(format!("{:.1}", route.per_second));
        cells.extend([p50, p95, p99, min, max, mean].map(millis));
        columns.row(cells);
    }
    columns.left_out(routes.len().saturating_sub(MAX_ROWS))
}

/// Of each route's time in percent, and its share of the time of all.
pub(super) fn splits(routes: &[RouteStats]) -> Columns {
    let all: Duration = routes.iter().map(|route| route.split.whole()).sum();
    let mut columns = Columns::new(["route"], ["of all", "mean ms"])
        .numbers(Split::default().parts().map(|(name, _)| name));
    let mut dearest: Vec<&RouteStats> =
        routes.iter().filter(|route| !route.split.whole().is_zero()).collect();
    dearest.sort_by_key(|route| Reverse(route.split.whole()));
    for route in dearest.iter().take(MAX_ROWS) {
        let whole = route.split.whole();
        let mean = whole.div_f64(route.requests.max(1) as f64);
        let parts = route.split.parts().map(|(_, part)| share(part, whole));
        columns.row([name(route), share(whole, all), millis(mean)].into_iter().chain(parts));
    }
    columns.left_out(dearest.len().saturating_sub(MAX_ROWS))
}

/// The lives of answers without an end of their own.
pub(super) fn streams(routes: &[RouteStats]) -> Columns {
    let mut columns = Columns::new(["route"], ["streams", "mean ms", "p50 ms", "p95 ms", "max ms"]);
    let streaming: Vec<_> = routes.iter().filter(|route| route.streams.count > 0).collect();
    for route in streaming.iter().take(MAX_ROWS) {
        let Latency { count, mean, p50, p95, max, .. } = route.streams;
        let times = [mean, p50, p95, max].map(millis);
        columns.row([name(route), count.to_string()].into_iter().chain(times));
    }
    columns.left_out(streaming.len().saturating_sub(MAX_ROWS))
}

pub(super) fn bodies(routes: &[RouteStats]) -> Columns {
    let mut columns = Columns::new(["route"], ["requests", "p50", "p95", "max"])
        .numbers(["answers", "p50", "p95", "max"]);
    let with_bodies: Vec<_> = routes
        .iter()
        .filter(|route| route.request_body.count + route.response_body.count > 0)
        .collect();
    for route in with_bodies.iter().take(MAX_ROWS) {
        let sizes = [route.request_body, route.response_body].map(|sizes| match sizes.count {
            0 => ["0", "-", "-", "-"].map(str::to_owned),
            count => {
                let [p50, p95, max] =
                    [sizes.p50_bytes, sizes.p95_bytes, sizes.max_bytes].map(bytes);
                [count.to_string(), p50, p95, max]
            }
        });
        columns.row([name(route)].into_iter().chain(sizes.into_iter().flatten()));
    }
    columns.left_out(with_bodies.len().saturating_sub(MAX_ROWS))
}

fn name(route: &RouteStats) -> String {
    shortened(&route.route, NAME_WIDTH)
}

fn share(part: Duration, whole: Duration) -> String {
    percent(part.as_secs_f64() / whole.as_secs_f64())
}
