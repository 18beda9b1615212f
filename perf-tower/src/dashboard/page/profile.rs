use maud::{Markup, html};
use perf_core::time::Duration;
use perf_core::units::percent;

use super::View;
use super::table::{empty, heads, number, scrolling, tile};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::profiles::Top;
use crate::dashboard::source::Source;
use crate::profile::{Hot, Profile};

/// Functions in a table.
const FUNCTIONS: usize = 40;

/// What runs, how to start one, and what is kept.
pub(super) fn all(source: &Source<'_>) -> Markup {
    let Some(profiler) = source.profiles.profiler else {
        return empty(
            "There is no profiler for this caller: give one to Dashboard::profiler, and to a ProfileLayer \
             for profiles of single requests.",
        );
    };
    html! {
        section aria-labelledby="cpu" {
            h2 id="cpu" { "Processor" }
            @match profiler.status() {
                Some(running) => {
                    p role="status" {
                        "Profiling " strong { (running.what) } " for " (seconds(running.elapsed))
                        ", at most " (seconds(running.left)) " more."
                    }
                }
                None => {
                    form.row action=(source.link("/perf/profile")) target="_blank" {
                        label { "seconds" input name="seconds" type="number" min="1" max="60" value="10" required; }
                        label { "samples per second" input name="hz" type="number" min="1" max="250" value="99" required; }
                        label {
                            "as"
                            select name="format" {
                                option value="flamegraph" { "flame graph" }
                                option value="top" { "hottest functions" }
                                option value="collapsed" { "collapsed stacks" }
                                option value="pprof" { "pprof protobuf" }
                            }
                        }
                        button { "Profile the whole process" }
                    }
                }
            }
            p {
                a href=(source.link(Address::Top)) { "The hottest functions, live" }
                ". One request: add " code { "?profile=1" } " or " code { "?profile=flamegraph" } " to its address."
            }
            (kept(&profiler.all_kept(), source))
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

fn kept(profiles: &[Profile], source: &Source<'_>) -> Markup {
    if profiles.is_empty() {
        return empty("No profile is kept yet.");
    }
    scrolling(
        "Profiles",
        &html! {
            table {
                (heads(&["of"], &["samples", "seconds", "CPU seconds", "samples per second"]))
                tbody {
                    @for about in profiles.iter().map(Profile::about) {
                        tr {
                            th scope="row" {
                                a href=(source.link(Address::Profile(about.id.clone()))) { (about.what) }
                            }
                            (number(about.samples))
                            (number(format!("{:.2}", about.seconds)))
                            (number(format!("{:.2}", about.cpu_seconds)))
                            (number(about.hz))
                        }
                    }
                }
            }
        },
    )
}

/// One profile that is kept.
pub(super) fn one(source: &Source<'_>, id: &str) -> Option<View> {
    let profile = source.profiles.profiler?.kept(id)?;
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
    let found = match source.profiles.top.as_ref()? {
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
