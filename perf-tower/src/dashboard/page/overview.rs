use maud::{Markup, html};
use perf_core::recorder::RouteStats;
use perf_core::time::Duration;
use perf_core::units::{self, percent};

use super::table::{ROWS, count, empty, errors, heads, number, rest, scrolling, tile, time};
use super::{View, finding};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::Source;

/// Findings shown before the routes; their own page has all.
const FINDINGS: usize = 3;

pub(super) fn view(source: &Source<'_>) -> View {
    let snapshot = &source.snapshot;
    let main = html! {
        h1 { "Where the time goes" }
        (tiles(&snapshot.routes, snapshot.observed))
        @if !snapshot.findings.is_empty() {
            section aria-labelledby="first" {
                h2 id="first" { "What to fix first" }
                ol.findings {
                    @for finding in snapshot.findings.iter().take(FINDINGS) {
                        li { (finding::brief(finding, source)) }
                    }
                }
                @if snapshot.findings.len() > FINDINGS {
                    p { a href=(source.link(Address::Findings)) { "All " (snapshot.findings.len()) " findings" } }
                }
            }
        }
        section aria-labelledby="routes" {
            h2 id="routes" { "Routes, slowest first" }
            @if snapshot.routes.is_empty() {
                (empty("No request has come yet. Add PerfLayer to the router, and send one."))
            } @else {
                (draw::legend())
                (routes(source))
                (rest(snapshot.routes.len()))
            }
        }
    };
    View::new("Routes", main)
}

fn tiles(routes: &[RouteStats], observed: Duration) -> Markup {
    let sum = |of: fn(&RouteStats) -> u64| routes.iter().map(of).sum::<u64>();
    let (requests, failed) = (sum(|route| route.requests), sum(|route| route.errors));
    let per_second = requests as f64 / observed.as_secs_f64().max(0.001);
    let all: Duration = routes.iter().map(|route| route.split.whole()).sum();
    let busy = all.as_secs_f64() / observed.as_secs_f64().max(0.001);
    html! {
        dl.tiles {
            (tile("requests", units::count(requests), format!(" {per_second:.1}/s")))
            (tile("errors", units::count(failed), format!(" {}", percent(share(failed, requests)))))
            (tile("in flight", units::count(sum(|route| route.in_flight)), " now"))
            (tile("at once", format!("{busy:.1}"), " on the average"))
        }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn routes(source: &Source<'_>) -> Markup {
    let routes = &source.snapshot.routes;
    let all: Duration = routes.iter().map(|route| route.split.whole()).sum();
    let numbers = ["requests", "errors", "p50", "p95", "p99", "max", "time"];
    scrolling(
        "Routes",
        &html! {
            table {
                (heads(&["route", "last 10 min", "where its time goes"], &numbers))
                tbody {
                    @for route in routes.iter().take(ROWS) {
                        tr id=(format_args!("route-{}", route.id)) {
                            th scope="row" {
                                a href=(source.link(Address::Route(route.id.clone()))) { (route.route) }
                            }
                            td { (draw::sparkline(&source.recorder.history(&route.id))) }
                            td { (draw::split(&route.split)) }
                            (count(route.requests))
                            (errors(route.errors))
                            (time(route.total.p50))
                            (time(route.total.p95))
                            (time(route.total.p99))
                            (time(route.total.max))
                            (number(percent(draw::share(route.split.whole(), all))))
                        }
                    }
                }
            }
        },
    )
}
