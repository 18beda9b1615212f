use maud::html;

use super::{View, profile};
use crate::dashboard::draw;
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let main = html! {
        h1 { "Profiles" }
        (profile::all(source))
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
