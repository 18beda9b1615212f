//! Outgoing requests that are sent one by one, or one after the other.

use super::{Evidence, Finding, FindingKind, Impact, Remedy, Repeated, Severity, share};
use crate::event::{CallSite, Name};
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

    /// The same for the same targets, in every process.
    pub(crate) fn id(&self) -> u64 {
        let names: Vec<&str> = self.targets.iter().map(|(name, _)| name.as_str()).collect();
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
        let (one_by_one, longest) =
            (seen.per_scope(seen.time), seen.per_scope(seen.time - seen.wasted));
        evidence.extend([
            Evidence::new("one after the other", duration(one_by_one)),
            Evidence::new(together, duration(longest)),
            Evidence::new("scopes", seen.scopes.to_string()),
            Evidence::new("share of the scope", percent(share(seen.time, seen.scope_time))),
        ]);
        let call_sites = self.targets.iter().map(|&(_, call_site)| call_site);
        Finding {
            key: format!("{}:{subject}:{:016x}", self.kind.as_str(), self.id()),
            kind: self.kind,
            severity: Severity::of_share(impact.share),
            subject: subject.to_owned(),
            evidence,
            call_sites: call_sites.filter(|&call_site| call_site != CallSite::NOWHERE).collect(),
            impact,
            remedy: Remedy { advice: advice.to_owned(), code: None },
        }
    }
}

/// Runs of requests to different targets, each sent when the one before was answered, with nothing
/// else in between: a statement between them may be what the next one needed.
fn sequences(work: &Work) -> Vec<Shown> {
    let mut steps: Vec<Step<'_>> = work.steps().collect();
    steps.sort_by_key(|step| step.start);
    let mut runs: Vec<Vec<Step<'_>>> = Vec::new();
    let mut ended = Duration::ZERO;
    for step in steps {
        let is_call = matches!(step.kind, StepKind::Call { .. });
        let follows = is_call
            && step.start >= ended.saturating_sub(CLOCK_STEP)
            && step.start.saturating_sub(ended) <= LONGEST_GAP;
        match runs.last_mut() {
            Some(run) if follows && !run.is_empty() => run.push(step),
            _ if is_call && step.start >= ended => runs.push(vec![step]),
            // What is done at the same time or in between ends the run.
            _ => runs.push(Vec::new()),
        }
        ended = ended.max(step.start + step.duration);
    }
    runs.iter().filter_map(|run| sequence(work.name_groups(), run)).collect()
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
