//! Outgoing requests that are sent one by one, or one after the other.

use super::{Evidence, Finding, FindingKind, Impact, Remedy, Repeated, Severity, share};
use crate::event::{CacheTier, CallSite, EventOutcome, Name};
use crate::scope::{NameGroup, NameKind, Step, StepKind, Work};
use crate::sql::fnv1a;
use crate::time::Duration;
use crate::units::{duration, percent};

/// What lies between an answer and the next request when nothing else is done meanwhile.
const LONGEST_GAP: Duration = Duration::from_millis(2);

/// What requests at once must save in one scope to be worth the trouble.
const LEAST_SAVED: Duration = Duration::from_millis(5);

/// Requests to other services that one scope sends in a way that costs time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CallPattern {
    pub(crate) kind: FindingKind,
    /// One target for an N+1, two or more for a sequence.
    pub(crate) targets: Vec<(Name, CallSite)>,
}

/// A pattern as one scope showed it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) pattern: CallPattern,
    pub(crate) times: u64,
    pub(crate) time: Duration,
    /// What is left of that time when all is sent at once.
    pub(crate) longest: Duration,
}

impl CallPattern {
    /// All patterns of a scope; an N+1 from `threshold` requests to one target on.
    pub(crate) fn all_in(work: &Work, threshold: u64) -> Vec<Shown> {
        if work.calls() < 2 {
            return Vec::new();
        }
        let calls = work.name_groups().iter().filter(|group| group.kind() == NameKind::Call);
        let repeated = calls.filter(|group| group.count() >= threshold).map(|group| Shown {
            pattern: Self {
                kind: FindingKind::NPlusOneCalls,
                targets: vec![(group.name().clone(), group.call_site())],
            },
            times: group.count(),
            time: group.time(),
            longest: group.longest(),
        });
        repeated.chain(sequences(work)).collect()
    }

    /// The same for the same targets in any order, in every process.
    pub(crate) fn id(&self) -> u64 {
        let mut names: Vec<&str> = self.targets.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        fnv1a(&names.join("\n"))
    }

    pub(crate) fn finding(
        &self,
        seen: &Repeated,
        subject: &str,
        observed: Duration,
        all: Duration,
    ) -> Finding {
        let impact = Impact::new(seen.wasted, observed, all);
        let names: Vec<&str> = self.targets.iter().map(|(name, _)| name.as_str()).collect();
        let mut evidence = vec![Evidence::new("requests", names.join(", then "))];
        let (together, advice) = match self.kind {
            FindingKind::NPlusOneCalls => {
                evidence.push(Evidence::new("requests per scope", seen.times_per_scope()));
                let advice = "ask for all at once, where the other service can be asked so; else \
                              send the requests concurrently, up to a limit, or cache the answers";
                ("the longest of them", advice)
            }
            _ => {
                let advice = "where none needs the answer of another, send them at once: \
                              tokio::try_join!";
                ("together", advice)
            }
        };
        let at_once = seen.time.saturating_sub(seen.wasted);
        let (one_by_one, longest) = (seen.per_scope(seen.time), seen.per_scope(at_once));
        evidence.extend([
            Evidence::new("one after the other", duration(one_by_one)),
            Evidence::new(together, duration(longest)),
            Evidence::new("scopes", seen.scopes.to_string()),
            Evidence::new("share of the scope", percent(share(seen.time, seen.scope_time))),
        ]);
        let mut call_sites: Vec<CallSite> = Vec::new();
        for &(_, call_site) in &self.targets {
            if call_site != CallSite::NOWHERE && !call_sites.contains(&call_site) {
                call_sites.push(call_site);
            }
        }
        Finding {
            key: format!("{}:{subject}:{:016x}", self.kind.as_str(), self.id()),
            kind: self.kind,
            severity: Severity::of_share(impact.share),
            subject: subject.to_owned(),
            evidence,
            call_sites,
            impact,
            remedy: Remedy { advice: advice.to_owned(), code: None },
        }
    }
}

/// Runs of requests to different targets, each sent when the one before was answered, with nothing
/// else in between: a statement between them may be what the next one needed. One that failed ends
/// its run, since the next may stand in for it.
fn sequences(work: &Work) -> Vec<Shown> {
    // What lies between them is not known where there were too many different statements.
    if work.groups.left_out() > 0 {
        return Vec::new();
    }
    let mut steps: Vec<Step<'_>> = work.steps().filter(|step| !is_frame(step)).collect();
    steps.sort_by_key(|step| step.start);
    let mut runs: Vec<Vec<Step<'_>>> = Vec::new();
    let (mut ended, mut is_open) = (Duration::ZERO, false);
    for step in steps {
        let is_call = matches!(step.kind, StepKind::Call { .. });
        let is_after = is_call && step.start >= ended.saturating_sub(CLOCK_STEP);
        let is_next = is_open && step.start.saturating_sub(ended) <= LONGEST_GAP;
        match runs.last_mut() {
            Some(run) if is_after && is_next => run.push(step),
            _ if is_after => runs.push(vec![step]),
            // What is done at the same time or in between ends the run.
            _ => {}
        }
        is_open = is_after && step.outcome == EventOutcome::Ok;
        ended = ended.max(step.start + step.duration);
    }
    let mut shown: Vec<Shown> = Vec::new();
    for run in runs.iter().filter_map(|run| sequence(work.name_groups(), run)) {
        match shown.iter_mut().find(|known| known.pattern == run.pattern) {
            Some(known) => known.take_in(run),
            None => shown.push(run),
        }
    }
    shown
}

/// Whether a step is what others are done in: they tell themselves what takes time in it.
fn is_frame(step: &Step<'_>) -> bool {
    match step.kind {
        StepKind::Span { .. } => true,
        StepKind::Cache { tier, .. } => tier == CacheTier::Loader,
        _ => false,
    }
}

impl Shown {
    /// Adds the same pattern once more, of the same scope.
    fn take_in(&mut self, other: Self) {
        self.times += other.times;
        self.time += other.time;
        self.longest += other.longest;
    }
}

/// Steps are kept in whole microseconds.
const CLOCK_STEP: Duration = Duration::from_micros(2);

fn sequence(groups: &[NameGroup], run: &[Step<'_>]) -> Option<Shown> {
    let mut targets: Vec<(Name, CallSite)> = Vec::new();
    for step in run {
        let StepKind::Call { target, call_site } = step.kind else { continue };
        let is_new = targets.iter().all(|(name, _)| name.as_str() != target);
        let of_group = |group: &&NameGroup| group.name().as_str() == target;
        if let Some(group) = groups.iter().find(of_group).filter(|_| is_new) {
            targets.push((group.name().clone(), call_site));
        }
    }
    let time: Duration = run.iter().map(|step| step.duration).sum();
    let longest = run.iter().map(|step| step.duration).max()?;
    let is_worth_it = targets.len() > 1 && time - longest >= LEAST_SAVED;
    is_worth_it.then_some(Shown {
        pattern: CallPattern { kind: FindingKind::SequentialCalls, targets },
        times: run.len() as u64,
        time,
        longest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_were_read_while_another_thread_adds_make_a_finding_too() {
        let targets = vec![(Name::new("GET price /"), CallSite::here())];
        let pattern = CallPattern { kind: FindingKind::NPlusOneCalls, targets };
        let seen = Repeated {
            scopes: 0,
            times: 0,
            most: 0,
            time: Duration::ZERO,
            wasted: Duration::from_millis(1),
            scope_time: Duration::ZERO,
        };
        let second = Duration::from_secs(1);
        let finding = pattern.finding(&seen, "job", second, second);
        assert!(finding.impact.per_minute > Duration::ZERO);
    }
}
