//! What is behind caches: how well they hear each other, and the servers that they share.

use maud::{Markup, html};
use perf_core::recorder::{CacheStats, RedisNode};
use perf_core::units::{bytes, percent};

use super::table::{ROWS, count, heads, number, rest, scrolling, time};

pub(super) fn behind(caches: &[CacheStats]) -> Markup {
    html! {
        (backplanes(caches))
        (nodes(caches))
    }
}

fn backplanes(caches: &[CacheStats]) -> Markup {
    let known = || caches.iter().filter_map(|c| Some((&c.cache, c.state.as_ref()?.backplane?)));
    html! {
        @if known().next().is_some() {
            h2 { "Other processes" }
            (scrolling("What caches hear of other processes", &html! {
                table {
                    (heads(&["cache"], &["lag", "other processes", "longest silence"]))
                    tbody {
                        @for (cache, backplane) in known().take(ROWS) {
                            tr {
                                th scope="row" { (cache) }
                                (time(backplane.lag))
                                (count(backplane.processes))
                                (time(backplane.longest_silence))
                            }
                        }
                    }
                }
            }))
            (rest(known().count()))
            p.quiet {
                "The lag is the longest that what others invalidate takes to be heard here: the way of a \
                 sign of life to Redis and back, or how long one has been under way."
            }
        }
    }
}

fn nodes(caches: &[CacheStats]) -> Markup {
    let states = || caches.iter().filter_map(|c| Some((&c.cache, c.state.as_ref()?)));
    let known = || states().flat_map(|(cache, state)| state.redis.iter().map(move |n| (cache, n)));
    let numbers = ["used", "limit", "share", "resident", "evicted per minute"];
    html! {
        @if known().next().is_some() {
            h2 { "Redis" }
            (scrolling("Redis behind caches", &html! {
                table {
                    (heads(&["cache", "server", "policy"], &numbers))
                    tbody {
                        @for (cache, node) in known().take(ROWS) { (row(cache, node)) }
                    }
                }
            }))
            (rest(known().count()))
        }
    }
}

fn row(cache: &str, node: &RedisNode) -> Markup {
    html! {
        tr {
            th scope="row" { (cache) }
            td { (node.address.as_deref().unwrap_or("the only one")) }
            td { (node.eviction_policy) }
            (number(bytes(node.used_bytes)))
            (number(if node.max_bytes == 0 { "none".to_owned() } else { bytes(node.max_bytes) }))
            (number(node.used_share().map_or("-".to_owned(), percent)))
            (number(bytes(node.resident_bytes)))
            @match node.evicted_per_minute {
                Some(rate) => { (count(rate.round() as u64)) }
                None => { (number("-")) }
            }
        }
    }
}
