//! What is not worth to be tried: what the server would not make, and what does not help even together.

use super::Search;
use super::trial::Tried;
use crate::advise::candidates::advice::Why;
use crate::advise::candidates::candidate::Candidate;
use crate::advise::candidates::costs::Costs;
use crate::advise::candidates::generate::PARTIAL_AT_MOST;
use crate::advise::candidates::planner::Answer;
use crate::advise::candidates::pool::Entry;
use crate::error::DbError;

/// Hypothetical indexes at once; hypopg has numbers for about 2,500, and planning takes longer with
/// each of them.
const MOST_AT_ONCE: usize = 60;

/// What all candidates of a case come to together.
pub(super) struct Screened {
    pub(super) floor: f64,
    /// Those that its plan uses.
    pub(super) uses: Vec<Candidate>,
}

impl Search<'_, '_> {
    /// What the server would make at all, and partial indexes that are worth the name.
    pub(super) async fn makeable(
        &mut self,
        entries: Vec<Entry>,
    ) -> Result<Vec<(Entry, f64)>, DbError> {
        let mut makeable = Vec::new();
        for entry in entries {
            if self.planner.is_out_of_time() {
                self.reject(entry.candidate, Why::OutOfTime);
                continue;
            }
            let is_sure = entry.candidate.predicate.is_none() && !entry.candidate.has_expression();
            if is_sure {
                makeable.push((entry, 1.0));
                continue;
            }
            let mut whole = entry.candidate.clone();
            whole.predicate = None;
            match self.planner.costs(&[], &[&entry.candidate, &whole]).await? {
                Answer::Told(Costs { bytes, .. }) => {
                    let (part, all) = (bytes[0] as f64, bytes[1].max(1) as f64);
                    let share = if entry.candidate.predicate.is_some() { part / all } else { 1.0 };
                    if share > PARTIAL_AT_MOST && entry.candidate.predicate.is_some() {
                        self.reject(entry.candidate, Why::MostRows);
                    } else {
                        makeable.push((entry, share));
                    }
                }
                Answer::Refused(code) => self.reject(entry.candidate, Why::Refused { code }),
            }
        }
        Ok(makeable)
    }

    /// Tells each case of all its candidates at once: what does not help then never does.
    pub(super) async fn screen(
        &mut self,
        entries: &[(Entry, f64)],
    ) -> Result<Vec<Screened>, DbError> {
        let mut screened = Vec::new();
        for place in 0..self.cases.len() {
            let before = self.cases[place].before;
            let mut result = Screened { floor: before, uses: Vec::new() };
            let fitting = entries
                .iter()
                .filter(|(entry, _)| entry.is_first_choice && entry.cases.contains(&place));
            let fitting: Vec<&Candidate> = fitting.map(|(entry, _)| &entry.candidate).collect();
            if before >= self.bars.least_cost && !self.planner.is_out_of_time() {
                for some in fitting.chunks(MOST_AT_ONCE) {
                    let statement = &self.cases[place].statement;
                    let answer = self.planner.costs(&[statement], some).await?;
                    if let Answer::Told(costs) = answer
                        && costs.costs[0] < result.floor
                    {
                        result.floor = costs.costs[0];
                        let used = costs.uses[0].iter();
                        result.uses = used.map(|used| some[*used].clone()).collect();
                    }
                }
            }
            screened.push(result);
        }
        Ok(screened)
    }

    /// The entries that serve a case for which all of them together reach the bar, with the cases
    /// that gain anything by them.
    pub(super) fn promising(&mut self, entries: Vec<(Entry, f64)>) -> Vec<(Entry, f64)> {
        let mut promising = Vec::new();
        for (mut entry, share) in entries {
            let dearest = entry
                .cases
                .iter()
                .copied()
                .max_by(|a, b| self.cases[*a].before.total_cmp(&self.cases[*b].before));
            let Some(dearest) = dearest else { continue };
            if self.may_reach(&entry) {
                entry.cases.retain(|case| self.floors[*case] < self.cases[*case].before);
                promising.push((entry, share));
                continue;
            }
            let (before, after) = (self.cases[dearest].before, self.floors[dearest]);
            let why = self.bars.why(before, after).unwrap_or(Why::Unused);
            self.reject(entry.candidate, why);
        }
        promising
    }

    /// Whether there is a case that could still reach the bar by it.
    pub(super) fn may_reach(&self, entry: &Entry) -> bool {
        let mut cases = entry.cases.iter();
        cases.any(|case| self.bars.is_enough(self.cases[*case].cost, self.floors[*case]))
    }

    /// Whether the index with fewer columns leaves the longer one nothing that reaches the bar.
    pub(super) fn is_good_enough(&self, short: &Tried, long: &Entry) -> bool {
        short.entry.candidate.is_short_form_of(&long.candidate)
            && long.cases.iter().all(|case| {
                let (cost, floor) = (self.cases[*case].cost, self.floors[*case]);
                let with_short = short.cost_of(*case).unwrap_or(cost);
                self.is_left_nothing(cost, with_short, floor)
            })
    }

    /// Whether what takes the cost to `short` reaches the bar where the longer one could, and the
    /// longer one does not reach it from there once more (dexter's rule).
    pub(super) fn is_left_nothing(&self, cost: f64, short: f64, long: f64) -> bool {
        let reaches = self.bars.is_enough(cost, short) || !self.bars.is_enough(cost, long);
        reaches && !self.bars.is_enough(short, long)
    }
}
