use maud::{Markup, html};
#[cfg(feature = "profile")]
use perf_core::time::Duration;

use super::View;
use super::table::empty;
#[cfg(feature = "profile")]
use super::table::{heads, number, scrolling};
#[cfg(feature = "profile")]
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let main = html! {
        h1 { "Profiles" }
        (processor(source))
        section aria-labelledby="wall" {
            h2 id="wall" { "Where requests spend their time, by the clock" }
            p.quiet {
                "All requests since the start: routes, the parts of their time, and what they waited for. \
                 What waits uses no processor, so no CPU profile shows it."
            }
            (draw::flame(&source.link("/perf/wall.json"), "µs"))
        }
    };
    View::new("Profiles", main)
}

#[cfg(not(feature = "profile"))]
fn processor(_: &Source<'_>) -> Markup {
    empty("CPU profiles need the feature `profile` of perf-tower.")
}

#[cfg(feature = "profile")]
fn processor(source: &Source<'_>) -> Markup {
    let Some(profiler) = source.profiler else {
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

#[cfg(feature = "profile")]
fn seconds(time: Duration) -> String {
    format!("{:.0} s", time.as_secs_f64())
}

#[cfg(feature = "profile")]
fn kept(profiles: &[crate::profile::Profile], source: &Source<'_>) -> Markup {
    if profiles.is_empty() {
        return empty("No profile is kept yet.");
    }
    scrolling(
        "Profiles",
        &html! {
            table {
                (heads(&["of"], &["samples", "seconds", "CPU seconds", "samples per second"]))
                tbody {
                    @for about in profiles.iter().map(crate::profile::Profile::about) {
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
