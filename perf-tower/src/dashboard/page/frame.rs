use maud::{DOCTYPE, Markup, html};
use perf_core::units::{count, duration};

use super::View;
use crate::dashboard::address::Address;
use crate::dashboard::source::Source;

const SECTIONS: [(Address, &str); 8] = [
    (Address::Overview, "Routes"),
    (Address::Findings, "Findings"),
    (Address::Queries, "Queries"),
    (Address::Caches, "Caches"),
    (Address::Pools, "Pools"),
    (Address::Calls, "Calls"),
    (Address::Profiles, "Profiles"),
    (Address::Overhead, "Overhead"),
];

/// The whole document around a view.
pub(in crate::dashboard) fn whole(view: View, address: &Address, source: &Source<'_>) -> Markup {
    let live = source.link(format_args!("/perf/live?view={address}"));
    document(&view.title, Some(&address.section()), Some(&live), source, &view.main)
}

/// The document for an address where there is nothing, or no longer.
pub(in crate::dashboard) fn nothing_here(source: &Source<'_>) -> Markup {
    let main = html! {
        h1 { "Nothing here" }
        p {
            "This page is about something that is not there, or no longer: only the slowest requests \
             of the last minutes and a sample of the others are kept. "
            a href=(source.link(Address::Overview)) { "All routes" }
        }
    };
    document("Nothing here", None, None, source, &main)
}

fn document(
    title: &str,
    section: Option<&Address>,
    live: Option<&str>,
    source: &Source<'_>,
    main: &Markup,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · perf" }
                link rel="icon" href=(source.link("/perf/assets/icon.svg"));
                link rel="stylesheet" href=(source.link("/perf/assets/style.css"));
                script defer src=(source.link("/perf/assets/live.js")) {}
                script defer src=(source.link("/perf/assets/flame.js")) {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    a.brand href=(source.link(Address::Overview)) { "perf" }
                    nav aria-label="Sections" {
                        @for (address, name) in &SECTIONS {
                            a href=(source.link(address))
                                aria-current=[(section == Some(address)).then_some("page")] {
                                (name)
                                @if *address == Address::Findings && !source.snapshot.findings.is_empty() {
                                    " " span.badge { (source.snapshot.findings.len()) }
                                }
                            }
                        }
                    }
                    @if let Some(live) = live {
                        button.live type="button" data-live=(live) aria-pressed="true" hidden { "Live" }
                        noscript { span.quiet { "Reload for new figures" } }
                    }
                }
                main id="main" { (main) }
                footer {
                    "Watching for " (duration(source.snapshot.observed)) ". "
                    a href=(source.link("/perf/report.txt")) { "Report as text" } ", "
                    a href=(source.link("/perf/report.json")) { "as JSON" } ". "
                    (lost(source))
                }
            }
        }
    }
}

/// What the pages do not show.
fn lost(source: &Source<'_>) -> Markup {
    let dropped = &source.snapshot.dropped;
    let folded = dropped.routes + dropped.queries + dropped.names;
    html! {
        @if folded > 0 {
            a href=(source.link(Address::Overhead)) { (count(folded)) " events" }
            " found no series of their own."
        }
    }
}
