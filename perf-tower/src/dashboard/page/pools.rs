use maud::{Markup, html};
use perf_core::recorder::PoolStats;

use super::View;
use super::table::{count, empty, errors, heads, scrolling, time};
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let pools = &source.snapshot.pools;
    let numbers =
        ["checkouts", "errors", "given up", "in use", "size", "wait p50", "wait p95", "wait max"];
    let main = html! {
        h1 { "Pools of connections" }
        @if pools.is_empty() {
            (empty("No connection has been asked for yet. perf_db::Db reports its pool by itself."))
        } @else {
            (scrolling("Pools", &html! {
                table {
                    (heads(&["pool"], &numbers))
                    tbody {
                        @for pool in pools {
                            tr {
                                th scope="row" { (pool.pool) }
                                (count(pool.wait.count))
                                (errors(pool.errors))
                                (count(pool.cancelled))
                                (count(pool.in_use))
                                (count(pool.max_size))
                                (time(pool.wait.p50))
                                (time(pool.wait.p95))
                                (time(pool.wait.max))
                            }
                        }
                    }
                }
            }))
            p.quiet { "In use and size are those of the last checkout." }
            (servers(pools))
        }
    };
    View::new("Pools", main)
}

/// Empty where no database has replicas.
fn servers(pools: &[PoolStats]) -> Markup {
    let servers = || pools.iter().filter_map(|pool| Some((pool, pool.server?)));
    html! {
        @if servers().next().is_some() {
            h2 { "Servers" }
            (scrolling("Servers", &html! {
                table {
                    (heads(&["pool", "role"], &["checkouts", "lag", "lag in bytes"]))
                    tbody {
                        @for (pool, server) in servers() {
                            tr {
                                th scope="row" { (pool.pool) }
                                td { (server.role.as_str()) }
                                (count(pool.wait.count))
                                td { (server.lag_text()) }
                                (count(server.lag_bytes))
                            }
                        }
                    }
                }
            }))
            p.quiet { "Lag is how old an answer may be, as far as the last look at the server tells." }
        }
    }
}
