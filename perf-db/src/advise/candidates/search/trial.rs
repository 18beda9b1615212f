//! One candidate, and what the planner says of it.

use super::{NEARLY, NOTHING, Search};
use crate::advise::candidates::advice::Why;
use crate::advise::candidates::planner::Answer;
use crate::advise::candidates::pool::Entry;
use crate::error::DbError;

/// A candidate and what the planner says of it.
pub(super) struct Tried {
    pub(super) entry: Entry,
    /// Of each of its cases.
    pub(super) costs: Vec<f64>,
    pub(super) bytes: u64,
    /// The share of the rows that it holds.
    pub(super) share_of_rows: f64,
    /// What it saves over the workload, in the planner's unit.
    pub(super) gain: f64,
    /// How many indexes had been chosen when it was tried.
    pub(super) stamp: usize,
    /// Whether the planner was not asked since.
    pub(super) is_guessed: bool,
    /// The cost of the case that it serves best, without and with it, when it was tried first.
    pub(super) best: (f64, f64),
}

impl Tried {
    /// What it makes of one case, as far as it was asked.
    pub(super) fn cost_of(&self, case: usize) -> Option<f64> {
        let place = self.entry.cases.iter().position(|place| *place == case)?;
        Some(self.costs[place])
    }
}

impl Search<'_, '_> {
    pub(super) async fn first_try(
        &mut self,
        entry: &Entry,
        share_of_rows: f64,
    ) -> Result<Answer<Tried>, DbError> {
        let empty =
            Entry { candidate: entry.candidate.clone(), is_first_choice: false, cases: Vec::new() };
        let mut tried = Tried {
            entry: empty,
            costs: Vec::new(),
            bytes: 0,
            share_of_rows,
            gain: 0.0,
            stamp: 0,
            is_guessed: false,
            best: (0.0, 0.0),
        };
        if let Some(code) = self.again(&mut tried, entry).await? {
            return Ok(Answer::Refused(code));
        }
        let cases = entry.cases.iter().map(|place| self.cases[*place].cost);
        let pairs = cases.zip(tried.costs.iter().copied());
        let saved = |(before, after): &(f64, f64)| (before - after) / before.max(1.0);
        let dear = pairs.clone().filter(|(before, _)| *before >= self.bars.least_cost);
        let best = dear.max_by(|a, b| saved(a).total_cmp(&saved(b)));
        tried.best = best.or_else(|| pairs.max_by(|a, b| a.0.total_cmp(&b.0))).unwrap_or_default();
        Ok(Answer::Told(tried))
    }

    /// Asks what the entry's cases cost with it and all that is chosen; the code if it was refused.
    pub(super) async fn again(
        &mut self,
        tried: &mut Tried,
        entry: &Entry,
    ) -> Result<Option<String>, DbError> {
        let mut indexes = self.chosen_for(&entry.cases, None);
        indexes.push(entry.candidate.clone());
        let answer = self.ask(&entry.cases, &indexes).await?;
        let costs = match answer {
            Answer::Told(costs) => costs,
            Answer::Refused(code) => return Ok(Some(code)),
        };
        tried.gain = self.gain(&entry.cases, &costs.costs);
        tried.bytes = costs.bytes.last().copied().unwrap_or_default();
        tried.costs = costs.costs;
        (tried.stamp, tried.is_guessed) = (self.chosen.len(), false);
        Ok(None)
    }

    /// Brings what is known of it up to date. Of two indexes on its only table a statement uses the
    /// better one, so that the planner need not be asked what both come to; not so with joins, where
    /// one can make another worth it.
    pub(super) async fn refresh(&mut self, tried: &mut Tried) -> Result<bool, DbError> {
        let is_open = |case: &usize| {
            let (floor, known) = (self.floors[*case], &self.cases[*case]);
            let is_changed = self.changed[*case] > tried.stamp;
            is_changed && known.accesses.len() > 1 && known.cost > floor * NEARLY + NOTHING
        };
        let open: Vec<usize> = tried.entry.cases.iter().copied().filter(is_open).collect();
        let asked = match open.is_empty() {
            true => Vec::new(),
            false => {
                let mut indexes = self.chosen_for(&open, None);
                indexes.push(tried.entry.candidate.clone());
                match self.ask(&open, &indexes).await? {
                    Answer::Told(told) => told.costs,
                    Answer::Refused(_) => return Ok(false),
                }
            }
        };
        for (case, cost) in tried.entry.cases.iter().zip(&mut tried.costs) {
            let asked = open.iter().position(|open| open == case).map(|place| asked[place]);
            *cost = asked.unwrap_or(*cost).min(self.cases[*case].cost);
        }
        tried.gain = self.gain(&tried.entry.cases, &tried.costs);
        (tried.stamp, tried.is_guessed) = (self.chosen.len(), true);
        Ok(true)
    }

    /// Asks the planner once more; `None` when the server does not make it any longer.
    pub(super) async fn afresh(&mut self, mut tried: Tried) -> Result<Option<Tried>, DbError> {
        let entry = tried.entry.clone();
        match self.again(&mut tried, &entry).await? {
            Some(code) => {
                self.reject(tried.entry.candidate, Why::Refused { code });
                Ok(None)
            }
            None => Ok(Some(tried)),
        }
    }

    pub(super) fn is_stale(&self, tried: &Tried) -> bool {
        tried.entry.cases.iter().any(|place| self.changed[*place] > tried.stamp)
    }
}
