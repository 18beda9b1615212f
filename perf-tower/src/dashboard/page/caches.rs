use maud::html;
use perf_core::units::percent;

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
        }
    };
    View::new("Caches", main)
}
