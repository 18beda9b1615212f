//! Where time passed by the clock, as a tree for the flame graph: what a profile of the processor
//! cannot show, since what waits uses none.

use perf_core::recorder::{Kept, RouteStats, UsageKind};
use perf_core::scope::{Step, StepKind};
use perf_core::time::Duration;
use serde::Serialize;

use super::draw;

/// A part of the time and what it is made of, in microseconds.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    name: String,
    value: u64,
    children: Vec<Frame>,
}

impl Frame {
    fn new(name: impl Into<String>, time: Duration, children: Vec<Self>) -> Self {
        let value = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self { name: name.into(), value, children }
    }
}

/// All routes, their parts of the time, and what was waited for in each part.
pub(super) fn of_routes(routes: &[RouteStats]) -> Frame {
    let all: Duration = routes.iter().map(|route| route.split.whole()).sum();
    let routes = routes.iter().filter(|route| !route.split.whole().is_zero());
    Frame::new("all requests", all, routes.map(of_route).collect())
}

fn of_route(route: &RouteStats) -> Frame {
    let parts = route.split.parts().into_iter().filter(|(_, part)| !part.is_zero());
    let children = parts.map(|(name, part)| Frame::new(name, part, uses(route, name, part)));
    Frame::new(route.route.clone(), route.split.whole(), children.collect())
}

/// What a route used, fitted into the part of its time that it was waited for: what ran at once was
/// waited for once.
fn uses(route: &RouteStats, part: &str, time: Duration) -> Vec<Frame> {
    let of_part = |kind| match kind {
        UsageKind::Query | UsageKind::Pool => part == "database",
        UsageKind::Cache => part == "cache",
        UsageKind::Call => part == "outgoing",
        _ => false,
    };
    let used: Vec<_> = route.uses.iter().filter(|usage| of_part(usage.kind)).collect();
    let all: Duration = used.iter().map(|usage| usage.time).sum();
    let scale = (time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE)).min(1.0);
    let frame = |usage: &&perf_core::recorder::Usage| {
        Frame::new(usage.what.clone(), usage.time.mul_f64(scale), Vec::new())
    };
    used.iter().map(frame).collect()
}

/// One request, with what happened within another thing inside of that: the statements of a load
/// within the load.
pub(super) fn of_request(kept: &Kept) -> Frame {
    let mut steps: Vec<Step<'_>> = kept.work.iter().flat_map(|work| work.steps()).collect();
    // Outer ones first: earlier, and longer where they begin at once.
    steps.sort_by_key(|step| (step.start, std::cmp::Reverse(step.duration)));
    let children = within(&mut steps.as_slice(), Duration::MAX);
    Frame::new(kept.route.clone(), kept.elapsed, children)
}

/// The first of the steps that end by `end`, each with those that it contains.
fn within(rest: &mut &[Step<'_>], end: Duration) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [step, others @ ..] = rest
        && step.start + step.duration <= end
    {
        *rest = others;
        let children = within(rest, step.start + step.duration);
        frames.push(Frame::new(name(step), step.duration, children));
    }
    frames
}

fn name(step: &Step<'_>) -> String {
    match step.kind {
        StepKind::Query { statement, .. } => statement.to_owned(),
        StepKind::Pool { pool, .. } => format!("wait for a connection of {pool}"),
        StepKind::Cache { cache, tier, result, .. } => {
            format!("{cache}, {}", draw::cache_name(tier, result))
        }
        StepKind::Call { target, .. } => target.to_owned(),
        StepKind::Span { name, .. } => name.to_owned(),
        _ => "something".to_owned(),
    }
}
