use maud::{Markup, html};
use perf_core::recorder::{BreakerState, CacheState, CacheStats};
use perf_core::units::{bytes, duration, percent};

use super::table::{count, empty, errors, heads, number, scrolling, time};
use super::{View, redis};
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
        "spared a minute",
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
                                (time(cache.spared.per_minute))
                            }
                        }
                    }
                }
            }))
            (held(caches))
            (predicted(caches))
            (redis::behind(caches))
            (freshness(caches))
        }
    };
    View::new("Caches", main)
}

/// What each holds now.
fn held(caches: &[CacheStats]) -> Markup {
    let known = || caches.iter().filter_map(|cache| Some((cache, cache.state.as_ref()?)));
    let numbers =
        ["entries", "size", "budget", "evictions", "changes that wait", "spared a minute by a MiB"];
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
                                (number(cache.spared.per_minute_and_mib.map_or("-".to_owned(), duration)))
                            }
                        }
                    }
                }
            }))
        }
    }
}

/// What other budgets would bring.
fn predicted(caches: &[CacheStats]) -> Markup {
    let state = |cache: &'_ CacheStats| cache.state.clone().filter(|s| !s.predicted.is_empty());
    let known: Vec<_> = caches.iter().filter_map(|c| Some((&c.cache, state(c)?))).collect();
    html! {
        @if !known.is_empty() {
            h2 { "Hit rate in this process by budget" }
            (scrolling("Hit rate by budget", &html! {
                table {
                    (heads(&["cache"], &["half", "as it is", "twice", "four times"]))
                    tbody {
                        @for (name, state) in &known {
                            tr {
                                th scope="row" { (name) }
                                @for rate in &state.predicted {
                                    (number(format!("{:.1} %", rate.hit_rate * 100.0)))
                                }
                            }
                        }
                    }
                }
            }))
            p.quiet {
                "Predicted from a sample of the keys, for a cache that evicts what was asked for longest \
                 ago, as if nothing expired or was invalidated. Where the hit rate above is far below \
                 \"as it is\", more memory will not help: values expire or are invalidated too soon."
            }
        }
    }
}

/// What was compared: loads with what they replaced, hits with what their loader gave.
fn freshness(caches: &[CacheStats]) -> Markup {
    let state = |cache: &'_ CacheStats| {
        let state = cache.state.as_ref()?;
        let is_told = state.reloads.expired > 0 || state.audits.is_some();
        is_told.then_some((state.reloads, state.audits))
    };
    let known: Vec<_> = caches.iter().filter_map(|c| Some((&c.cache, state(c)?))).collect();
    let numbers = ["loads sampled", "of expired", "unchanged", "hits audited", "stale", "failed"];
    html! {
        @if !known.is_empty() {
            h2 { "How often values change" }
            (scrolling("How often values change", &html! {
                table {
                    (heads(&["cache"], &numbers))
                    tbody {
                        @for (name, (reloads, audits)) in &known {
                            tr {
                                th scope="row" { (name) }
                                (count(reloads.sampled))
                                (count(reloads.expired))
                                (count(reloads.unchanged))
                                @match audits {
                                    Some(audits) => {
                                        (count(audits.audited))
                                        (errors(audits.stale))
                                        (errors(audits.failed))
                                    }
                                    None => { @for _ in 0..3 { (number("-".to_owned())) } }
                                }
                            }
                        }
                    }
                }
            }))
            p.quiet {
                "Where loads of expired values mostly bring the same, a longer ttl spares them. Hits are \
                 audited only where the cache is built with audit(share)."
            }
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
