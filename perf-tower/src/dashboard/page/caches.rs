use maud::{Markup, html};
use perf_core::recorder::{BreakerState, CacheState, CacheStats};
use perf_core::units::{bytes, percent};

use super::View;
use super::table::{count, empty, errors, heads, number, scrolling, time};
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let caches = &source.snapshot.caches;
    let numbers = [
        "look-ups",
        "hit rate",
        "local hits",
        "Redis hits",
        "stale",
        "waited",
        "loads",
        "errors",
        "mean load",
        "Redis p95",
    ];
    let main = html! {
        h1 { "Caches" }
        @if caches.is_empty() {
            (empty("No cache has been asked yet. Put #[cached] on a function that is slow and often asked."))
        } @else {
            (scrolling("Caches", &html! {
                table {
                    (heads(&["cache"], &numbers))
                    tbody {
                        @for cache in caches {
                            tr {
                                th scope="row" { (cache.cache) }
                                (count(cache.lookups))
                                (number(percent(cache.hit_rate)))
                                (count(cache.local.hits))
                                (count(cache.remote.hits))
                                (count(cache.local.stale + cache.remote.stale))
                                (count(cache.loader.coalesced))
                                (count(cache.loader.hits + cache.loader.misses))
                                (errors(cache.local.errors + cache.remote.errors + cache.loader.errors))
                                (time(cache.loader.duration.mean))
                                (time(cache.remote.duration.p95))
                            }
                        }
                    }
                }
            }))
            (held(caches))
        }
    };
    View::new("Caches", main)
}

/// What each holds now.
fn held(caches: &[CacheStats]) -> Markup {
    let known = || caches.iter().filter_map(|cache| Some((cache, cache.state.as_ref()?)));
    let numbers = ["entries", "size", "budget", "evictions", "changes that wait"];
    html! {
        @if known().next().is_some() {
            h2 { "In this process" }
            (scrolling("What caches hold", &html! {
                table {
                    (heads(&["cache", "Redis"], &numbers))
                    tbody {
                        @for (cache, state) in known() {
                            tr {
                                th scope="row" { (cache.cache) }
                                td { (use_of_redis(state)) }
                                (count(state.entries))
                                (number(bytes(state.bytes)))
                                (number(bytes(state.max_bytes)))
                                (count(state.evictions))
                                (errors(state.waiting_changes))
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn use_of_redis(state: &CacheState) -> &'static str {
    match state.breaker {
        None => "none",
        Some(BreakerState::Closed) => "used",
        Some(BreakerState::HalfOpen) => "changes only: breaker half-open",
        Some(_) => "not used: breaker open",
    }
}
