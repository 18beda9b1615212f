use crate::event::{CallSite, QueryEvent};
use crate::finding::FindingKind;
use crate::sql::{Fingerprint, StatementKind};
use crate::time::Duration;

/// Groups kept for one scope; a scope with more different statements has other worries.
const MAX_GROUPS: usize = 64;

/// Parameter sets kept of one group: all of them at first, then every second, every fourth, ….
const SAMPLED_PARAMETERS: usize = 64;

/// Percent of the parameter sets that must differ before a repetition is called N+1.
const DIFFERING_PERCENT: usize = 60;

/// All statements of one scope with the same fingerprint and call site.
#[derive(Clone, Debug)]
pub struct QueryGroup {
    fingerprint: Fingerprint,
    call_site: CallSite,
    count: u64,
    rows: u64,
    time: Duration,
    longest: Duration,
    sample: Sample,
    parameters_unknown: bool,
}

/// Parameter sets from the whole run of a group, evenly spaced.
#[derive(Clone, Debug)]
struct Sample {
    hashes: Box<[u64]>,
    length: usize,
    spacing: u64,
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
            sample: Sample { hashes: Box::new([0; SAMPLED_PARAMETERS]), length: 0, spacing: 1 },
            parameters_unknown: false,
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

    /// How many parameter sets differ, among up to 64 from the whole run; those that are
    /// [not known](Self::parameters_unknown) count as equal.
    pub fn differing_parameters(&self) -> usize {
        self.sample.differing()
    }

    /// Whether the statement has placeholders and nobody told the values for some of its runs.
    pub fn parameters_unknown(&self) -> bool {
        self.parameters_unknown
    }

    fn add(&mut self, event: &QueryEvent) {
        self.parameters_unknown |= event.parameters_unknown && event.fingerprint.takes_parameters();
        // Values may be written into the statement instead of being sent beside it.
        self.sample.add(self.count, event.parameters ^ event.fingerprint.values());
        self.count += 1;
        self.rows = self.rows.saturating_add(event.rows);
        self.time = self.time.saturating_add(event.duration);
        self.longest = self.longest.max(event.duration);
    }

    /// The rule: at least `threshold` times in one scope, whatever came between and whether one
    /// after the other or at once. Differing parameters make it an N+1, equal ones a repetition.
    /// Those that nobody told are taken to differ, as those of a loop mostly do.
    fn verdict(&self, threshold: u64) -> Option<FindingKind> {
        if self.count < threshold || self.fingerprint.kind() == StatementKind::Other {
            return None;
        }
        match self.sample.differing() {
            _ if self.parameters_unknown => Some(FindingKind::NPlusOne),
            1 => Some(FindingKind::RepeatedQuery),
            differing if differing * 100 >= self.sample.length * DIFFERING_PERCENT => {
                Some(FindingKind::NPlusOne)
            }
            _ => None,
        }
    }
}

impl Sample {
    /// Takes the parameters of the statement with this number in, when its turn has come.
    fn add(&mut self, number: u64, hash: u64) {
        if !number.is_multiple_of(self.spacing) {
            return;
        }
        if self.length == SAMPLED_PARAMETERS {
            self.length /= 2;
            self.spacing *= 2;
            for kept in 1..self.length {
                self.hashes[kept] = self.hashes[kept * 2];
            }
            if !number.is_multiple_of(self.spacing) {
                return;
            }
        }
        self.hashes[self.length] = hash;
        self.length += 1;
    }

    fn forget(&mut self) {
        (self.hashes, self.length) = (Box::default(), 0);
    }

    fn differing(&self) -> usize {
        let mut hashes = self.hashes[..self.length].to_vec();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len()
    }
}

/// The groups of one scope, bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueryGroups {
    groups: Vec<QueryGroup>,
    left_out: u64,
}

impl QueryGroups {
    /// Counts a statement and tells which group it fell into; `None` when there are too many.
    pub(super) fn add(&mut self, event: &QueryEvent) -> Option<u16> {
        let same = |group: &QueryGroup| {
            group.fingerprint == event.fingerprint && group.call_site == event.call_site
        };
        let place = match self.groups.iter().rposition(same) {
            Some(place) => place,
            None if self.groups.len() == MAX_GROUPS => {
                self.left_out += 1;
                return None;
            }
            None => {
                self.groups.push(QueryGroup::new(event));
                self.groups.len() - 1
            }
        };
        self.groups[place].add(event);
        Some(place as u16)
    }

    /// Gives up what only the judgement of repetitions needs, and room for more.
    pub(super) fn shrink(&mut self) {
        self.groups.iter_mut().for_each(|group| group.sample.forget());
        self.groups.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = self.groups.iter().map(|group| group.fingerprint.text_bytes());
        self.groups.capacity() * size_of::<QueryGroup>() + texts.sum::<usize>()
    }

    /// Statements that belong to none of the groups.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
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
