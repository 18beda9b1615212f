//! Parts that several pages have.

use maud::{Markup, Render, html};
use perf_core::time::Duration;
use perf_core::{CallSite, units};

/// A table in a frame that scrolls sideways by itself, by keyboard too.
pub(super) fn scrolling(name: &str, table: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(format!("{name}, table")) tabindex="0" { (table) }
    }
}

/// The heads of a table's columns: names on the left, numbers on the right.
pub(super) fn heads(names: &[&str], numbers: &[&str]) -> Markup {
    html! {
        thead {
            tr {
                @for name in names { th scope="col" { (name) } }
                @for number in numbers { th.n scope="col" { (number) } }
            }
        }
    }
}

/// A cell with a number.
pub(super) fn number(value: impl Render) -> Markup {
    html! { td.n { (value) } }
}

/// A cell with a duration.
pub(super) fn time(value: Duration) -> Markup {
    number(units::duration(value))
}

/// A cell with a count, quiet when it is nothing.
pub(super) fn count(value: u64) -> Markup {
    html! { td.n.zero[value == 0] { (units::count(value)) } }
}

/// A cell with a count of what should not be.
pub(super) fn errors(value: u64) -> Markup {
    html! { td.n.zero[value == 0].bad[value > 0] { (units::count(value)) } }
}

/// A place in the source, with a button that copies it.
pub(super) fn place(call_site: CallSite) -> Markup {
    let place = call_site.to_string();
    html! {
        @if place == "-" {
            span.quiet { "unknown place" }
        } @else {
            code.place { (place) }
            (copy(&place, "Copy the place"))
        }
    }
}

/// A button that copies a text; it shows itself where there is a script.
pub(super) fn copy(text: &str, name: &str) -> Markup {
    html! {
        button.copy type="button" data-copy=(text) aria-label=(name) title=(name) hidden { "copy" }
    }
}

/// A figure with its name.
pub(super) fn tile(name: &str, value: impl Render, more: impl Render) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd { (value) span.quiet { (more) } }
        }
    }
}

/// Rows shown of one table: a page is drawn each second for whoever watches it.
pub(super) const ROWS: usize = 200;

/// What a page says of the rows that it does not show.
pub(super) fn rest(all: usize) -> Markup {
    html! {
        @if all > ROWS {
            p.quiet { "And " (all - ROWS) " more, which the report as JSON has." }
        }
    }
}

/// What a page says while there is nothing to show.
pub(super) fn empty(sentence: impl Render) -> Markup {
    html! { p.empty { (sentence) } }
}
