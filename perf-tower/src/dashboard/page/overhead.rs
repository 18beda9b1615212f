use maud::{Markup, html};
use perf_core::sync::OnceLock;
use perf_core::time::{self, Duration};
use perf_core::units::{count as digits, duration};
use perf_core::{CallSite, Fingerprint, Label, Outcome, QueryEvent, Recorder};

use super::View;
use super::table::{count, heads, scrolling, tile};
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let dropped = &source.snapshot.dropped;
    let requests: u64 = source.snapshot.routes.iter().map(|route| route.requests).sum();
    let statements: u64 = source.snapshot.queries.iter().map(|query| query.duration.count).sum();
    let cost = cost();
    let spent = nanos(cost.scope) * requests as f64 + nanos(cost.query) * statements as f64;
    let observed = nanos(source.snapshot.observed).max(1.0);
    let main = html! {
        h1 { "What watching costs, and what it misses" }
        dl.tiles {
            (tile("a request", format!("{:.0} ns", nanos(cost.scope)), ""))
            (tile("a statement", format!("{:.0} ns", nanos(cost.query)), ""))
            (tile("up to now", duration(Duration::from_nanos(spent as u64)), format!(" {:.3} % of one core", spent / observed * 100.0)))
        }
        p.quiet {
            "Measured on this machine when this page was first opened: the recorder alone, without the \
             layer around it. Multiplied by " (digits(requests)) " requests and " (digits(statements)) " statements."
        }
        section aria-labelledby="lost" {
            h2 id="lost" { "What did not fit" }
            (lost(&[
                (dropped.routes, "requests counted under _other: there are too many routes"),
                (dropped.queries, "statements counted under _other: there are too many texts"),
                (dropped.names, "cache, pool and call events counted under _other: too many names"),
                (dropped.usages, "uses that the list of their route does not show"),
                (dropped.repetitions, "repetitions that became no finding of their own"),
                (dropped.ungrouped_queries, "statements of requests that sent more than 64 different ones"),
                (dropped.kept, "slow requests that were not kept for want of room"),
                (dropped.late_events, "events that came after their request had ended"),
            ]))
        }
    };
    View::new("Overhead", main)
}

fn lost(counts: &[(u64, &str)]) -> Markup {
    scrolling(
        "Losses",
        &html! {
            table {
                (heads(&["what"], &["times"]))
                tbody {
                    @for &(number, what) in counts { tr { td { (what) } (count(number)) } }
                }
            }
        },
    )
}

#[derive(Clone, Copy)]
struct Cost {
    scope: Duration,
    query: Duration,
}

const REPETITIONS: u32 = 2_000;

/// Measured once, on a recorder of its own, in a millisecond or so.
fn cost() -> Cost {
    static COST: OnceLock<Cost> = OnceLock::new();
    *COST.get_or_init(|| {
        let recorder = Recorder::builder().routes(1).queries(1).usages(1).names(1).build();
        let scope = || {
            let mut scope = recorder.scope(Label::job("overhead"));
            scope.mark_head();
            scope
        };
        let scopes = timed(|| scope().close(Outcome::Ok));
        let mut open = scope();
        let fingerprint = Fingerprint::of_static("select 1");
        let here = CallSite::here();
        let query =
            || QueryEvent::new(fingerprint.clone(), here, Duration::from_micros(1)).record();
        let queries = open.enter(|| timed(query));
        Cost { scope: scopes, query: queries }
    })
}

fn timed(body: impl Fn()) -> Duration {
    (0..REPETITIONS / 10).for_each(|_| body());
    let started = time::now();
    (0..REPETITIONS).for_each(|_| body());
    started.elapsed() / REPETITIONS
}

fn nanos(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}
