use maud::html;

use super::View;
use super::table::{count, empty, errors, heads, scrolling, time};
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>) -> View {
    let calls = &source.snapshot.calls;
    let numbers = ["time", "calls", "errors", "given up", "mean", "p95", "max"];
    let main = html! {
        h1 { "Outgoing calls, most time first" }
        @if calls.is_empty() {
            (empty("No other service has been called yet. Add PerfClientLayer to the HTTP client."))
        } @else {
            (scrolling("Calls", &html! {
                table {
                    (heads(&["target"], &numbers))
                    tbody {
                        @for call in calls {
                            tr {
                                th scope="row" { (call.target) }
                                (time(call.duration.total()))
                                (count(call.duration.count))
                                (errors(call.errors))
                                (count(call.cancelled))
                                (time(call.duration.mean))
                                (time(call.duration.p95))
                                (time(call.duration.max))
                            }
                        }
                    }
                }
            }))
        }
    };
    View::new("Calls", main)
}
