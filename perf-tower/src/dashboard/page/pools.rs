use maud::{Markup, html};
use perf_core::recorder::{PoolStats, PoolUseStats};
use perf_core::time::Duration;
use perf_core::units::percent;

use super::View;
use super::table::{ROWS, count, empty, errors, heads, number, place, rest, scrolling, time};
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let snapshot = &source.snapshot;
    let main = html! {
        h1 { "Pools of connections" }
        @if snapshot.pools.is_empty() {
            (empty("No connection has been asked for yet. perf_db::Db reports its pool by itself."))
        } @else {
            (scrolling("Pools", &pools(&snapshot.pools)))
            p.quiet { "In use and size are those of the last checkout." }
            @for pool in &snapshot.pools {
                @if let Some(server) = pool.connections {
                    p.quiet {
                        "The server of " (pool.pool) " lets " (server.usable())
                        " connections in, of which " (server.open) " are open. Instances seen: "
                        (server.instances) "."
                    }
                }
            }
            (servers(&snapshot.pools))
            h2 { "Who holds connections" }
            (scrolling("Who holds connections", &uses(&snapshot.pool_uses)))
            (rest(snapshot.pool_uses.len()))
            p.quiet {
                "Busy is the part of the time held in which statements ran, open and idle the part "
                "in which a transaction was open and nothing ran."
            }
        }
    };
    View::new("Pools", main)
}

fn pools(pools: &[PoolStats]) -> Markup {
    let numbers = [
        "checkouts",
        "errors",
        "given up",
        "in use",
        "size",
        "wait p50",
        "wait p95",
        "wait max",
        "hold p50",
        "hold p95",
        "hold max",
    ];
    html! {
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
                        (time(pool.hold.p50))
                        (time(pool.hold.p95))
                        (time(pool.hold.max))
                    }
                }
            }
        }
    }
}

fn uses(uses: &[PoolUseStats]) -> Markup {
    let numbers = [
        "held",
        "holds",
        "mean",
        "p95",
        "busy",
        "open and idle",
        "longest open and idle",
        "wait p95",
    ];
    html! {
        table {
            (heads(&["call site", "pool"], &numbers))
            tbody {
                @for site in uses.iter().take(ROWS) {
                    tr {
                        th scope="row" { (place(site.call_site)) }
                        td { (site.pool) }
                        (time(site.hold.total()))
                        (count(site.hold.count))
                        (time(site.hold.mean))
                        (time(site.hold.p95))
                        (share(site.busy, site))
                        (share(site.idle_in_transaction, site))
                        (time(site.longest_idle_in_transaction))
                        (time(site.wait.p95))
                    }
                }
            }
        }
    }
}

fn share(part: Duration, site: &PoolUseStats) -> Markup {
    let held = site.hold.total().as_secs_f64().max(f64::MIN_POSITIVE);
    number(percent(part.as_secs_f64() / held))
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
