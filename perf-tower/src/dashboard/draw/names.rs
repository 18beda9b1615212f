//! Names of things as people read them.

use maud::{Markup, html};
use perf_core::recorder::Kept;
use perf_core::scope::StepKind;
use perf_core::{CacheOutcome, CacheTier, EventOutcome, Outcome};

/// How a kept scope ended, with its status.
pub(in crate::dashboard) fn outcome(kept: &Kept) -> Markup {
    html! {
        span.bad[kept.outcome.is_error()] { (outcome_name(kept.outcome)) }
        @if let Some(status) = kept.status { " " (status) }
    }
}

pub(in crate::dashboard) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::ClientError => "client error",
        Outcome::ServerError => "server error",
        Outcome::InnerError => "inner error",
        Outcome::Panic => "panic",
        Outcome::CancelledBeforeHead => "cancelled before the head",
        Outcome::CancelledInBody => "cancelled in the body",
        _ => "otherwise",
    }
}

pub(in crate::dashboard) fn event_outcome(outcome: EventOutcome) -> &'static str {
    match outcome {
        EventOutcome::Ok => "ok",
        EventOutcome::Error => "failed",
        EventOutcome::Cancelled => "given up",
        _ => "otherwise",
    }
}

/// The part of the time that a step belongs to.
pub(in crate::dashboard) fn part(kind: &StepKind<'_>) -> &'static str {
    match kind {
        StepKind::Query { .. } | StepKind::Pool { .. } => "database",
        StepKind::Cache { .. } => "cache",
        StepKind::Call { .. } => "outgoing",
        _ => "rest",
    }
}

pub(in crate::dashboard) fn cache_name(tier: CacheTier, outcome: CacheOutcome) -> &'static str {
    match (tier, outcome) {
        (CacheTier::Loader, CacheOutcome::Coalesced) => "waited for another's load",
        (CacheTier::Loader, CacheOutcome::Error) => "load failed",
        (CacheTier::Loader, _) => "load",
        (CacheTier::Local, CacheOutcome::Hit) => "local hit",
        (CacheTier::Remote, CacheOutcome::Hit) => "Redis hit",
        (CacheTier::Remote, CacheOutcome::Miss) => "Redis miss",
        (_, CacheOutcome::Stale) => "stale hit",
        (_, CacheOutcome::Error) => "error",
        _ => "look-up",
    }
}
