//! Chooses a set of indexes, one at a time, by what the planner says.

mod choose;
mod screen;
mod settle;
mod trial;

use self::trial::Tried;

use super::IndexSearch;
use super::advice::{Rejected, Suggested, Why};
use super::candidate::Candidate;
use super::case::Case;
use super::costs::Costs;
use super::planner::{Answer, Plannable, Planner};
use super::pool::Entry;
use crate::advise::schema::Schema;
use crate::advise::workload::Workload;
use crate::error::DbError;

/// What is nearly as cheap is as good: estimates are no better than that.
const NEARLY: f64 = 1.25;

/// And what differs by less than this, in the planner's unit.
const NOTHING: f64 = 5.0;

/// Rejected candidates that are kept.
const MOST_REJECTED: usize = 2_000;

/// The search for one workload.
pub(super) struct Search<'a, 'b> {
    pub(super) planner: Planner<'a>,
    pub(super) bars: &'b IndexSearch,
    pub(super) schema: &'b Schema,
    pub(super) workload: &'b Workload,
    pub(super) cases: Vec<Case>,
    pub(super) rejected: Vec<Rejected>,
    /// For each case, what it costs with all its candidates at once: none takes it below that.
    floors: Vec<f64>,
    /// For each case, how many indexes had been chosen when one changed its cost last.
    changed: Vec<usize>,
    chosen: Vec<Tried>,
}

impl<'a, 'b> Search<'a, 'b> {
    pub(super) fn new(
        planner: Planner<'a>,
        bars: &'b IndexSearch,
        schema: &'b Schema,
        workload: &'b Workload,
        cases: Vec<Case>,
    ) -> Self {
        let changed = vec![0; cases.len()];
        let floors = cases.iter().map(|case| case.before).collect();
        Self {
            planner,
            bars,
            schema,
            workload,
            cases,
            rejected: Vec::new(),
            floors,
            changed,
            chosen: Vec::new(),
        }
    }

    /// Looks at all entries; what is chosen is in the order of the choice.
    pub(super) async fn run(&mut self, entries: Vec<Entry>) -> Result<Vec<Suggested>, DbError> {
        let entries = self.makeable(entries).await?;
        let screened = self.screen(&entries).await?;
        self.floors = screened.iter().map(|screened| screened.floor).collect();
        let mut entries = self.promising(entries);
        // Short ones first: often no longer one can be better by much.
        entries.sort_by_key(|(entry, _)| entry.candidate.columns());
        let mut live: Vec<Tried> = Vec::new();
        for (entry, share_of_rows) in entries {
            if let Some(by) = live.iter().find(|short| self.is_good_enough(short, &entry)) {
                let by = by.entry.candidate.to_string();
                self.reject(entry.candidate, Why::Outdone { by });
                continue;
            }
            if self.planner.is_out_of_time() {
                self.reject(entry.candidate, Why::OutOfTime);
                continue;
            }
            match self.first_try(&entry, share_of_rows).await? {
                Answer::Told(tried) => live.push(Tried { entry, ..tried }),
                Answer::Refused(code) => self.reject(entry.candidate, Why::Refused { code }),
            }
        }
        self.choose(&mut live).await?;
        self.choose_together(&mut live, &screened).await?;
        self.thin_out().await?;
        for tried in live {
            let why = self.why_not(&tried);
            self.reject(tried.entry.candidate, why);
        }
        self.settle().await
    }

    fn reject(&mut self, candidate: Candidate, why: Why) {
        if self.rejected.len() < MOST_REJECTED {
            self.rejected.push(Rejected { candidate, why });
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Case>, Planner<'a>) {
        (self.cases, self.planner)
    }

    async fn ask(
        &mut self,
        cases: &[usize],
        indexes: &[Candidate],
    ) -> Result<Answer<Costs>, DbError> {
        let statements: Vec<&Plannable> =
            cases.iter().map(|place| &self.cases[*place].statement).collect();
        let indexes: Vec<&Candidate> = indexes.iter().collect();
        self.planner.costs(&statements, &indexes).await
    }

    /// What is chosen already and concerns these cases, without one of them.
    fn chosen_for(&self, cases: &[usize], without: Option<usize>) -> Vec<Candidate> {
        let concerns = |tried: &Tried| {
            cases.iter().any(|place| {
                let accesses = &self.cases[*place].accesses;
                accesses.iter().any(|access| access.table == tried.entry.candidate.oid)
            })
        };
        self.chosen
            .iter()
            .enumerate()
            .filter(|(place, tried)| Some(*place) != without && concerns(tried))
            .map(|(_, tried)| tried.entry.candidate.clone())
            .collect()
    }

    /// What is saved over the workload when these cases cost that.
    fn gain(&self, cases: &[usize], costs: &[f64]) -> f64 {
        let saved = cases.iter().zip(costs).map(|(case, cost)| {
            let case = &self.cases[*case];
            case.calls * (case.cost - cost).max(0.0)
        });
        saved.sum()
    }

    fn why_not(&self, tried: &Tried) -> Why {
        let shares = |chosen: &&Tried| {
            chosen.entry.candidate.oid == tried.entry.candidate.oid
                && chosen.entry.cases.iter().any(|case| tried.entry.cases.contains(case))
        };
        let (before, after) = tried.best;
        match self.chosen.iter().find(shares) {
            Some(chosen) if self.bars.is_enough(before, after) => {
                Why::Outdone { by: chosen.entry.candidate.to_string() }
            }
            _ => self.bars.why(before, after).unwrap_or(Why::OutOfTime),
        }
    }
}
