//! One scope as it went, from left to right.

use std::fmt;

use super::PLACE_WIDTH;
use super::columns::Columns;
use super::text::{one_line, place, shortened};
use crate::event::{CacheOutcome, CacheTier, CallSite, EventOutcome};
use crate::recorder::{Kept, KeptReason};
use crate::scope::{Step, StepKind};
use crate::time::Duration;
use crate::units::{duration, percent};

/// Characters for the whole time of the scope.
const BAR_WIDTH: usize = 24;

/// Characters of a statement, which stands beside the bar.
const STATEMENT_WIDTH: usize = 32;

/// What is known of the scope, where its time went, and a line with a bar for each step.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} in {}",
            one_line(&self.route),
            self.outcome.as_str(),
            duration(self.elapsed)
        )?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(head) = self.head {
            write!(f, ", head after {}", duration(head))?;
        }
        if let Some(trace) = self.trace {
            write!(f, ", trace {trace}")?;
        }
        let why = match self.reason {
            KeptReason::Slow => "one of the slowest",
            KeptReason::Sample => "a sample",
        };
        writeln!(f, ", {why}")?;
        let parts = self.split.parts();
        for (number, (name, part)) in parts.iter().filter(|(_, part)| !part.is_zero()).enumerate() {
            let share = percent(part.as_secs_f64() / self.elapsed.as_secs_f64());
            write!(
                f,
                "{}{name} {} ({share})",
                if number == 0 { "  " } else { ", " },
                duration(*part)
            )?;
        }
        writeln!(f)?;
        let Some(work) = &self.work else { return Ok(()) };
        let mut columns = Columns::new([], ["start", "duration"]).texts(["", "what", "call site"]);
        let mut steps: Vec<Step<'_>> = work.steps().collect();
        steps.sort_by_key(|step| step.start);
        for step in &steps {
            let (what, call_site) = what(step);
            columns.row([
                duration(step.start),
                duration(step.duration),
                bar(step, self.elapsed),
                what,
                call_site.map_or_else(String::new, |at| place(at, PLACE_WIDTH)),
            ]);
        }
        columns.left_out(usize::try_from(work.steps_left_out()).unwrap_or(usize::MAX)).write_rows(f)
    }
}

/// At least one character long, and never longer than the scope.
fn bar(step: &Step<'_>, elapsed: Duration) -> String {
    let column = |at: Duration| {
        let share = at.as_secs_f64() / elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        (share.min(1.0) * BAR_WIDTH as f64).round() as usize
    };
    let start = column(step.start).min(BAR_WIDTH - 1);
    let end = column(step.start + step.duration).max(start + 1);
    let [before, during, after] =
        [(" ", start), ("#", end - start), (" ", BAR_WIDTH - end)].map(|(c, n)| c.repeat(n));
    format!("|{before}{during}{after}|")
}

fn what(step: &Step<'_>) -> (String, Option<CallSite>) {
    let (what, call_site) = match step.kind {
        StepKind::Query { statement, call_site, rows } => {
            (format!("{}  {rows} rows", shortened(statement, STATEMENT_WIDTH)), Some(call_site))
        }
        StepKind::Pool { pool } => (format!("wait for a connection of {pool}"), None),
        StepKind::Cache { cache, tier, result } => {
            (format!("cache {cache}: {} {}", tier_name(tier), result_name(result)), None)
        }
        StepKind::Call { target, call_site } => (format!("call {target}"), Some(call_site)),
        StepKind::Span { name } => (name.to_owned(), None),
    };
    let ended = match step.outcome {
        EventOutcome::Ok => "",
        EventOutcome::Error => "  failed",
        EventOutcome::Cancelled => "  cancelled",
    };
    (what + ended, call_site)
}

fn tier_name(tier: CacheTier) -> &'static str {
    match tier {
        CacheTier::Local => "local",
        CacheTier::Remote => "remote",
        CacheTier::Loader => "load",
    }
}

fn result_name(result: CacheOutcome) -> &'static str {
    match result {
        CacheOutcome::Hit => "hit",
        CacheOutcome::Miss => "miss",
        CacheOutcome::Stale => "stale",
        CacheOutcome::Coalesced => "shared",
        CacheOutcome::Error => "error",
    }
}
