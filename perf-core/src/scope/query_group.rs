use crate::event::{CallSite, QueryEvent};
use crate::finding::FindingKind;
use crate::sql::{Fingerprint, StatementKind};
use crate::time::Duration;

/// Groups kept for one scope; a scope with more different statements has other worries.
const MAX_GROUPS: usize = 64;

/// Parameter sets looked at in one group. A loop shows its nature in its first turns.
const SAMPLED_PARAMETERS: usize = 64;

/// Percent of the parameter sets that must differ before a repetition is called N+1.
const DIFFERING_PERCENT: usize = 60;

/// All statements of one scope with the same fingerprint and call site.
#[derive(Debug)]
pub struct QueryGroup {
    fingerprint: Fingerprint,
    call_site: CallSite,
    count: u64,
    rows: u64,
    time: Duration,
    longest: Duration,
    parameters: Box<[u64; SAMPLED_PARAMETERS]>,
}

impl QueryGroup {
    fn new(event: &QueryEvent) -> Self {
        Self {
            fingerprint: event.fingerprint.clone(),
            call_site: event.call_site,
            count: 0,
            rows: 0,
            time: Duration::ZERO,
            longest: Duration::ZERO,
            parameters: Box::new([0; SAMPLED_PARAMETERS]),
        }
    }

    /// The statement without its values.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// Who sent it.
    pub fn call_site(&self) -> CallSite {
        self.call_site
    }

    /// How often it was sent.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Rows returned or changed, in all.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum of the durations.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The longest single duration.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// How many of the first 64 parameter sets differ.
    pub fn differing_parameters(&self) -> usize {
        let mut hashes = self.sampled().to_vec();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len()
    }

    fn sampled(&self) -> &[u64] {
        let sampled = usize::try_from(self.count).unwrap_or(usize::MAX);
        &self.parameters[..sampled.min(SAMPLED_PARAMETERS)]
    }

    fn add(&mut self, event: &QueryEvent) {
        let next = usize::try_from(self.count).unwrap_or(usize::MAX);
        if let Some(place) = self.parameters.get_mut(next) {
            *place = event.parameters;
        }
        self.count += 1;
        self.rows = self.rows.saturating_add(event.rows);
        self.time += event.duration;
        self.longest = self.longest.max(event.duration);
    }

    /// The rule: at least `threshold` times in one scope, whatever came between and whether one
    /// after the other or at once. Differing parameters make it an N+1, equal ones a repetition.
    fn verdict(&self, threshold: u64) -> Option<FindingKind> {
        if self.count < threshold || self.fingerprint.kind() == StatementKind::Other {
            return None;
        }
        let differing = self.differing_parameters();
        if differing == 1 {
            return Some(FindingKind::RepeatedQuery);
        }
        let enough = differing * 100 >= self.sampled().len() * DIFFERING_PERCENT;
        enough.then_some(FindingKind::NPlusOne)
    }
}

/// The groups of one scope, bounded.
#[derive(Debug, Default)]
pub(crate) struct QueryGroups {
    groups: Vec<QueryGroup>,
}

impl QueryGroups {
    pub(super) fn add(&mut self, event: &QueryEvent) {
        let same = |group: &&mut QueryGroup| {
            group.fingerprint == event.fingerprint && group.call_site == event.call_site
        };
        if let Some(group) = self.groups.iter_mut().rev().find(same) {
            group.add(event);
        } else if self.groups.len() < MAX_GROUPS {
            let mut group = QueryGroup::new(event);
            group.add(event);
            self.groups.push(group);
        }
    }

    pub(super) fn as_slice(&self) -> &[QueryGroup] {
        &self.groups
    }

    pub(crate) fn repetitions(
        &self,
        threshold: u64,
    ) -> impl Iterator<Item = (FindingKind, &QueryGroup)> {
        self.groups.iter().filter_map(move |group| Some((group.verdict(threshold)?, group)))
    }
}
