//! What remains of the choice, and what each index of it is good for.

use super::Search;
use crate::advise::candidates::advice::{Gain, Proof, Suggested, Why};
use crate::advise::candidates::candidate::Candidate;
use crate::advise::candidates::planner::Answer;
use crate::advise::candidates::price::write_overhead;
use crate::error::DbError;

/// An index is taken back when the others save all but this share of what it saves.
const HARDLY: f64 = 0.05;

impl Search<'_, '_> {
    /// Takes back what others that were chosen later make superfluous.
    pub(super) async fn thin_out(&mut self) -> Result<(), DbError> {
        let mut place = 0;
        while place < self.chosen.len() && self.chosen.len() > 1 {
            if self.planner.is_out_of_time() {
                break;
            }
            let cases = self.chosen[place].entry.cases.clone();
            let rest = self.chosen_for(&cases, Some(place));
            let is_alone = rest.is_empty();
            let answer = if is_alone { None } else { Some(self.ask(&cases, &rest).await?) };
            let Some(Answer::Told(without)) = answer else {
                place += 1;
                continue;
            };
            let pairs = || cases.iter().map(|case| &self.cases[*case]).zip(&without.costs);
            let lost: f64 =
                pairs().map(|(case, cost)| case.calls * (cost - case.cost).max(0.0)).sum();
            let gained: f64 = pairs().map(|(case, _)| case.calls * (case.before - case.cost)).sum();
            let is_missed = pairs().any(|(case, cost)| self.bars.is_enough(*cost, case.cost));
            if is_missed || lost > gained * HARDLY {
                place += 1;
                continue;
            }
            for (case, cost) in cases.iter().zip(&without.costs) {
                self.cases[*case].cost = *cost;
            }
            let tried = self.chosen.remove(place);
            let by = rest.iter().find(|other| tried.entry.candidate.is_prefix_of(other));
            let by = by.or(rest.first()).map(Candidate::to_string).unwrap_or_default();
            self.reject(tried.entry.candidate, Why::Outdone { by });
        }
        Ok(())
    }

    /// What each of the chosen ones adds to those before it.
    pub(super) async fn settle(&mut self) -> Result<Vec<Suggested>, DbError> {
        let mut costs: Vec<f64> = self.cases.iter().map(|case| case.before).collect();
        let chosen = std::mem::take(&mut self.chosen);
        let mut suggested = Vec::new();
        let mut indexes: Vec<Candidate> = Vec::new();
        for tried in chosen {
            let candidate = tried.entry.candidate;
            indexes.push(candidate.clone());
            let cases = tried.entry.cases;
            let with = match self.ask(&cases, &indexes).await? {
                Answer::Told(told) => told.costs,
                Answer::Refused(_) => tried.costs,
            };
            let mut gains = Vec::new();
            for (case, after) in cases.iter().zip(with) {
                let (before, place) = (costs[*case], self.cases[*case].place);
                if after < before {
                    costs[*case] = after;
                    let statement = self.workload.statements[place].fingerprint.clone();
                    gains.push(Gain { statement, place, before, after });
                }
            }
            let calls = |gain: &Gain| self.workload.statements[gain.place].calls as f64;
            gains.sort_by(|a, b| {
                let saved = |gain: &Gain| calls(gain) * (gain.before - gain.after);
                saved(b).total_cmp(&saved(a))
            });
            let write_overhead = candidate
                .table_in(self.schema)
                .map_or(0.0, |table| write_overhead(&candidate, table, tried.share_of_rows));
            let (proof, bytes) = (Proof::Planner, tried.bytes);
            suggested.push(Suggested { candidate, proof, gains, bytes, write_overhead });
        }
        Ok(suggested)
    }
}
