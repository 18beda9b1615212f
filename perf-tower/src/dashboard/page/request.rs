use maud::{Markup, html};
use perf_core::recorder::Kept;
use perf_core::scope::{Step, StepKind, Work};
use perf_core::units::{bytes, count as digits, duration};

use super::View;
use super::table::{count, empty, heads, place, scrolling, tile, time};
use crate::dashboard::address::Address;
use crate::dashboard::draw;
use crate::dashboard::source::Source;

pub(super) fn view(source: &Source<'_>, id: u64) -> Option<View> {
    let kept = source.recorder.kept(id)?;
    let route = source.snapshot.routes.iter().find(|route| route.route == kept.route);
    let main = html! {
        p.up {
            @if let Some(route) = route {
                a href=(source.link(Address::Route(route.id.clone()))) { (kept.route) }
            } @else {
                (kept.route)
            }
        }
        h1 { "One request, " (duration(kept.elapsed)) }
        (tiles(&kept))
        section aria-labelledby="time" {
            h2 id="time" { "Where its time went" }
            (draw::legend())
            (draw::split(&kept.split))
        }
        section aria-labelledby="waterfall" {
            h2 id="waterfall" { "One after the other" }
            @match kept.work.as_deref() {
                Some(work) => (waterfall(&kept, work)),
                None => (empty("Nothing was recorded in it: no statement, no cache, no call, no span.")),
            }
        }
        @if kept.work.is_some() {
            section aria-labelledby="wall" {
                h2 id="wall" { "By the clock, what within what" }
                (draw::flame(&source.link(format_args!("/perf/wall.json?request={:016x}", kept.id)), "µs"))
            }
        }
        @if let Some(work) = kept.work.as_deref() && work.queries() > 0 {
            section aria-labelledby="statements" {
                h2 id="statements" { "Its statements together" }
                (statements(work))
            }
        }
    };
    Some(View::new(format!("{} in {}", kept.route, duration(kept.elapsed)), main))
}

fn tiles(kept: &Kept) -> Markup {
    html! {
        dl.tiles {
            (tile("ended", draw::outcome(kept), ""))
            @if let Some(head) = kept.head { (tile("head after", duration(head), "")) }
            @if let Some(work) = &kept.work {
                (tile("queries", digits(work.queries()), format!(" {} rows", digits(work.rows()))))
                @if work.cache_hits() + work.cache_loads() > 0 {
                    (tile("cache", digits(work.cache_hits()), format!(" hits, {} loads", digits(work.cache_loads()))))
                }
                @if work.calls() > 0 { (tile("calls", digits(work.calls()), "")) }
            }
            @if kept.request_bytes > 0 { (tile("asked", bytes(kept.request_bytes), "")) }
            (tile("answer", bytes(kept.response_bytes), ""))
            @if let Some(trace) = kept.trace { (tile("trace", html! { code { (trace) } }, "")) }
        }
    }
}

fn waterfall(kept: &Kept, work: &Work) -> Markup {
    let mut steps: Vec<Step<'_>> = work.steps().collect();
    steps.sort_by_key(|step| step.start);
    html! {
        (scrolling("Waterfall", &html! {
            table.waterfall {
                (heads(&["what", "when"], &["start", "took", "rows"]))
                tbody {
                    @for step in &steps {
                        tr {
                            td { (what(step)) }
                            td.bar { (draw::bar(step, kept.elapsed)) }
                            (time(step.start))
                            (time(step.duration))
                            (count(rows(step)))
                        }
                    }
                }
            }
        }))
        @if work.steps_left_out() > 0 {
            p.quiet { "And " (digits(work.steps_left_out())) " more, which are in the totals alone." }
        }
    }
}

fn rows(step: &Step<'_>) -> u64 {
    match step.kind {
        StepKind::Query { rows, .. } => rows,
        _ => 0,
    }
}

fn what(step: &Step<'_>) -> Markup {
    html! {
        (draw::swatch(draw::part(&step.kind))) " "
        @match step.kind {
            StepKind::Query { statement, call_site, .. } => {
                code { (statement) } br; (place(call_site))
            }
            StepKind::Pool { pool, .. } => { "wait for a connection of " (pool) }
            StepKind::Cache { cache, tier, result, .. } => {
                (cache) ", " (draw::cache_name(tier, result))
            }
            StepKind::Call { target, call_site, .. } => { (target) br; (place(call_site)) }
            StepKind::Span { name, .. } => { (name) }
            _ => { "something" }
        }
        @if step.outcome != perf_core::EventOutcome::Ok {
            " " span.bad { (draw::event_outcome(step.outcome)) }
        }
    }
}

fn statements(work: &Work) -> Markup {
    scrolling(
        "Statements",
        &html! {
            table {
                (heads(&["statement", "sent at"], &["times", "time", "longest", "rows"]))
                tbody {
                    @for group in work.query_groups() {
                        tr {
                            td { code { (group.fingerprint().text()) } }
                            td { (place(group.call_site())) }
                            (count(group.count()))
                            (time(group.time()))
                            (time(group.longest()))
                            (count(group.rows()))
                        }
                    }
                }
            }
        },
    )
}
