use maud::{Markup, html};
use perf_core::recorder::{Kept, KeptReason, RouteStats, UsageKind};
use perf_core::sync::Arc;
use perf_core::units::{bytes, count as digits, duration, percent};

use super::table::{ROWS, count, empty, heads, number, place, rest, scrolling, tile, time};
use super::{View, finding};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::Source;

/// Findings shown with the route that they are about; their own page has more.
const FINDINGS: usize = 10;

pub(super) fn view(source: &Source<'_>, id: &str) -> Option<View> {
    let route = source.route(id)?;
    let history = source.recorder.history(id);
    let findings = source.snapshot.findings.iter().filter(|finding| finding.subject == route.route);
    let main = html! {
        h1 { (route.route) }
        (tiles(route))
        section aria-labelledby="time" {
            h2 id="time" { "Where its time goes" }
            (draw::legend())
            (draw::split(&route.split))
            (parts(route))
        }
        section aria-labelledby="latency" {
            h2 id="latency" { "Latency" }
            div.pair {
                figure { (draw::latencies(&route.total)) figcaption { "Requests by how long they took" } }
                figure { (draw::history(&history)) figcaption { "Requests per second, last ten minutes" } }
            }
        }
        @for finding in findings.take(FINDINGS) {
            (finding::brief(finding, source))
        }
        section aria-labelledby="uses" {
            h2 id="uses" { "What it asks for" }
            (uses(route, source))
            (rest(route.uses.len()))
        }
        section aria-labelledby="kept" {
            h2 id="kept" { "Requests kept whole" }
            (kept(&source.recorder.kept_of(id), source))
        }
        section aria-labelledby="ends" {
            h2 id="ends" { "How they ended" }
            (ends(route))
        }
    };
    Some(View::new(route.route.clone(), main))
}

fn tiles(route: &RouteStats) -> Markup {
    html! {
        dl.tiles {
            (tile("requests", digits(route.requests), format!(" {:.1}/s", route.per_second)))
            (tile("errors", digits(route.errors), ""))
            (tile("in flight", digits(route.in_flight), " now"))
            (tile("p50", duration(route.total.p50), format!(" head {}", duration(route.head.p50))))
            (tile("p95", duration(route.total.p95), format!(" head {}", duration(route.head.p95))))
            (tile("p99", duration(route.total.p99), format!(" head {}", duration(route.head.p99))))
            @if route.streams.count > 0 {
                (tile("streams", digits(route.streams.count), format!(" living {}", duration(route.streams.mean))))
            }
            @if route.response_body.count > 0 {
                (tile("answer", bytes(route.response_body.p50_bytes), format!(" p95 {}", bytes(route.response_body.p95_bytes))))
            }
            @if route.allocations.count > 0 {
                @let each = |sum: u64| sum / route.requests.max(1);
                (tile("allocations", digits(each(route.allocations.count)), format!(" {} a request", bytes(each(route.allocations.bytes)))))
            }
        }
    }
}

/// The split in figures, for one request.
fn parts(route: &RouteStats) -> Markup {
    let requests = u32::try_from(route.requests.max(1)).unwrap_or(u32::MAX);
    let whole = route.split.whole().as_secs_f64().max(f64::MIN_POSITIVE);
    html! {
        dl.parts {
            @for (name, part) in route.split.parts() {
                div {
                    dt { (draw::swatch(name)) " " (name) }
                    dd { (duration(part / requests)) " " span.quiet { (percent(part.as_secs_f64() / whole)) } }
                }
            }
        }
    }
}

fn uses(route: &RouteStats, source: &Source<'_>) -> Markup {
    if route.uses.is_empty() {
        return empty(
            "It sent no statement, asked no cache and called nobody; or what it does goes around the \
             SDK: statements count when they are sent by perf_db, calls when the client has \
             PerfClientLayer.",
        );
    }
    let numbers = ["time", "per request", "times per request", "mean"];
    scrolling(
        "What it asks for",
        &html! {
            table {
                (heads(&["what", "asked at"], &numbers))
                tbody {
                    @for usage in route.uses.iter().take(ROWS) {
                        tr {
                            td { (draw::swatch(kind(usage.kind))) " " (what(usage.kind, &usage.what, source)) }
                            td { (place(usage.call_site)) }
                            (time(usage.time))
                            (time(usage.time.div_f64(route.requests.max(1) as f64)))
                            (number(format!("{:.1}", usage.count as f64 / route.requests.max(1) as f64)))
                            (time(usage.time.div_f64(usage.count.max(1) as f64)))
                        }
                    }
                }
            }
        },
    )
}

fn what(kind: UsageKind, what: &str, source: &Source<'_>) -> Markup {
    let query = || source.snapshot.queries.iter().find(|query| query.statement == what);
    html! {
        @match (kind, query()) {
            (UsageKind::Query, Some(query)) => a href=(source.link(Address::Query(query.fingerprint.clone()))) {
                code { (what) }
            },
            (UsageKind::Query, None) => code { (what) },
            _ => (what),
        }
    }
}

fn kind(kind: UsageKind) -> &'static str {
    match kind {
        UsageKind::Query | UsageKind::Pool => "database",
        UsageKind::Cache => "cache",
        UsageKind::Call => "outgoing",
        _ => "rest",
    }
}

/// A list of kept requests.
pub(super) fn kept(kept: &[Arc<Kept>], source: &Source<'_>) -> Markup {
    if kept.is_empty() {
        return empty(
            "None is kept at the moment. The slowest of the last minutes are, and one a second by chance.",
        );
    }
    scrolling(
        "Kept requests",
        &html! {
            table {
                (heads(&["request", "kept", "where its time went", "ended"], &["took", "queries", "calls", "answer"]))
                tbody {
                    @for kept in kept {
                        tr {
                            th scope="row" {
                                a href=(source.link(Address::Request(kept.id))) { (format!("{:.8}", format!("{:016x}", kept.id))) }
                            }
                            td { (reason(kept.reason)) }
                            td { (draw::split(&kept.split)) }
                            td { (draw::outcome(kept)) }
                            (time(kept.elapsed))
                            (count(kept.work.as_ref().map_or(0, |work| work.queries())))
                            (count(kept.work.as_ref().map_or(0, |work| work.calls())))
                            (number(bytes(kept.response_bytes)))
                        }
                    }
                }
            }
        },
    )
}

pub(super) fn reason(reason: KeptReason) -> &'static str {
    match reason {
        KeptReason::Slow => "slow",
        _ => "by chance",
    }
}

fn ends(route: &RouteStats) -> Markup {
    html! {
        div.pair {
            (scrolling("Outcomes", &html! {
                table {
                    (heads(&["outcome"], &["requests"]))
                    tbody {
                        @for (outcome, &number) in &route.outcomes {
                            tr { td { (draw::outcome_name(*outcome)) } (count(number)) }
                        }
                    }
                }
            }))
            (scrolling("Statuses", &html! {
                table {
                    (heads(&["status"], &["requests"]))
                    tbody {
                        @for (status, &number) in &route.statuses {
                            tr { td { (status) } (count(number)) }
                        }
                    }
                }
            }))
        }
    }
}
