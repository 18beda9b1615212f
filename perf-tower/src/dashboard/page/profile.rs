use maud::{Markup, html};
use perf_core::units::percent;

use super::View;
use super::table::{empty, heads, number, scrolling, tile};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::{Source, Top};
use crate::profile::Hot;

/// Functions in a table.
const FUNCTIONS: usize = 40;

/// One profile that is kept.
pub(super) fn one(source: &Source<'_>, id: &str) -> Option<View> {
    let profile = source.profiler?.kept(id)?;
    let about = profile.about();
    let form = |ending: &str| source.link(format_args!("{}{ending}", Address::Profile(id.into())));
    let main = html! {
        p.up { a href=(source.link(Address::Profiles)) { "Profiles" } }
        h1 { "Processor time of " (about.what) }
        dl.tiles {
            (tile("samples", about.samples, format!(" at {} Hz", about.hz)))
            (tile("took", format!("{:.2} s", about.seconds), ""))
            (tile("CPU of the process", format!("{:.2} s", about.cpu_seconds), ""))
            (tile("lost", about.lost_samples, " samples"))
        }
        @for note in profile.notes() { p.empty { (note) } }
        (draw::flame(&form(".json"), "samples"))
        p {
            "As " a href=(form(".svg")) { "picture" } ", " a href=(form(".txt")) { "collapsed stacks" } ", "
            a href=(form(".pb.gz")) { "pprof" } ", " a href=(form(".top.txt")) { "text" } "."
        }
        section aria-labelledby="hot" {
            h2 id="hot" { "Hottest functions" }
            (functions(&profile.top(FUNCTIONS)))
        }
    };
    Some(View::new(format!("Profile of {}", about.what), main))
}

/// The functions that are hottest at the moment.
pub(super) fn top(source: &Source<'_>) -> Option<View> {
    let found = match source.top.as_ref()? {
        Top::Hot(hot) => functions(&hot[..hot.len().min(FUNCTIONS)]),
        Top::Refused(reason) => empty(reason),
    };
    let main = html! {
        p.up { a href=(source.link(Address::Profiles)) { "Profiles" } }
        h1 { "Hottest functions, this second" }
        p.quiet { "While this page is open the process is sampled. Pause with the button above." }
        (found)
    };
    Some(View::new("Hottest functions", main))
}

fn functions(hot: &[Hot]) -> Markup {
    if hot.is_empty() {
        return empty("No sample: the process used no processor time.");
    }
    scrolling(
        "Functions",
        &html! {
            table {
                (heads(&["function"], &["self", "", "with what it calls", ""]))
                tbody {
                    @for hot in hot {
                        tr {
                            td { code { (hot.function) } }
                            (number(hot.self_samples)) (number(percent(hot.self_share)))
                            (number(hot.total_samples)) (number(percent(hot.total_share)))
                        }
                    }
                }
            }
        },
    )
}
