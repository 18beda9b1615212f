use maud::{Markup, html};
use perf_core::recorder::{QueryStats, UsageKind};

use super::View;
use super::table::{ROWS, copy, count, empty, errors, heads, place, rest, scrolling, time};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::Source;

const NUMBERS: [&str; 6] = ["time", "calls", "mean", "p95", "rows", "errors"];

pub(super) fn all(source: &Source<'_>) -> View {
    let queries = &source.snapshot.queries;
    let main = html! {
        h1 { "Queries, most time first" }
        @if queries.is_empty() {
            (empty("No statement yet. Send them by perf_db::Db, and each is here with its place in the source."))
        } @else {
            (scrolling("Queries", &html! {
                table {
                    (heads(&["statement", "sent at"], &NUMBERS))
                    tbody {
                        @for query in queries.iter().take(ROWS) {
                            tr id=(row_id(query)) {
                                td {
                                    a href=(source.link(Address::Query(query.fingerprint.clone()))) {
                                        code { (query.statement) }
                                    }
                                }
                                td { (place(query.call_site)) }
                                (figures(query))
                            }
                        }
                    }
                }
            }))
            (rest(queries.len()))
        }
    };
    View::new("Queries", main)
}

/// One statement, at all the places that send it.
pub(super) fn one(source: &Source<'_>, fingerprint: &str) -> Option<View> {
    let sent: Vec<&QueryStats> =
        source.snapshot.queries.iter().filter(|query| query.fingerprint == fingerprint).collect();
    let statement = &sent.first()?.statement;
    let main = html! {
        h1 { "One statement" }
        pre.code { (statement) }
        p { (copy(statement, "Copy the statement")) }
        section aria-labelledby="places" {
            h2 id="places" { "Who sends it" }
            (scrolling("Places", &html! {
                table {
                    (heads(&["sent at"], &NUMBERS))
                    tbody {
                        @for query in &sent {
                            tr id=(row_id(query)) { td { (place(query.call_site)) } (figures(query)) }
                        }
                    }
                }
            }))
        }
        section aria-labelledby="routes" {
            h2 id="routes" { "For which routes" }
            (routes(source, statement))
        }
        section aria-labelledby="latency" {
            h2 id="latency" { "Latency" }
            @for query in &sent {
                figure { (draw::latencies(&query.duration)) figcaption { (query.call_site.to_string()) } }
            }
        }
    };
    Some(View::new("One statement", main))
}

/// A live page tells rows apart by it.
fn row_id(query: &QueryStats) -> String {
    format!("query-{}-{}:{}", query.fingerprint, query.call_site, query.call_site.column)
}

fn figures(query: &QueryStats) -> Markup {
    html! {
        (time(query.duration.total()))
        (count(query.duration.count))
        (time(query.duration.mean))
        (time(query.duration.p95))
        (count(query.rows))
        (errors(query.errors))
    }
}

fn routes(source: &Source<'_>, statement: &str) -> Markup {
    let users = source.snapshot.routes.iter().flat_map(|route| {
        let uses = route.uses.iter();
        let of_it = uses.filter(|usage| usage.kind == UsageKind::Query && usage.what == statement);
        of_it.map(move |usage| (route, usage))
    });
    let users: Vec<_> = users.collect();
    if users.is_empty() {
        return empty("No request has sent it; what sent it was outside of every scope.");
    }
    let table = scrolling(
        "Routes",
        &html! {
            table {
                (heads(&["route", "sent at"], &["time", "times", "requests"]))
                tbody {
                    @for (route, usage) in users.iter().take(ROWS) {
                        tr {
                            th scope="row" {
                                a href=(source.link(Address::Route(route.id.clone()))) { (route.route) }
                            }
                            td { (place(usage.call_site)) }
                            (time(usage.time))
                            (count(usage.count))
                            (count(usage.scopes))
                        }
                    }
                }
            }
        },
    );
    html! { (table) (rest(users.len())) }
}
