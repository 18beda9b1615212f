//! One index at a time, the best first.

use super::screen::Screened;
use super::trial::Tried;
use super::{NEARLY, NOTHING, Search};
use crate::advise::candidates::advice::Why;
use crate::advise::candidates::existing::twins;
use crate::advise::candidates::planner::Answer;
use crate::advise::candidates::price::price;
use crate::error::DbError;

/// Gains below this share of the best one are too small to be as good as it.
const CONTENDS: f64 = 0.5;

impl Search<'_, '_> {
    /// One index at a time, the one that saves most first. What was tried before another one was
    /// chosen is tried again only when its turn comes: it seldom saves more than it did.
    pub(super) async fn choose(&mut self, live: &mut Vec<Tried>) -> Result<(), DbError> {
        while !self.planner.is_out_of_time() {
            let Some(best) = (0..live.len()).max_by(|a, b| live[*a].gain.total_cmp(&live[*b].gain))
            else {
                break;
            };
            let most = live[best].gain;
            if most <= 0.0 {
                break;
            }
            let contends = |tried: &Tried| tried.gain >= most * CONTENDS;
            let stale = live.iter().position(|tried| contends(tried) && self.is_stale(tried));
            if let Some(place) = stale {
                let mut tried = live.swap_remove(place);
                if !self.may_reach(&tried.entry) {
                    let why = self.why_not(&tried);
                    self.reject(tried.entry.candidate, why);
                    continue;
                }
                if self.refresh(&mut tried).await? {
                    live.push(tried);
                } else {
                    self.reject(tried.entry.candidate, Why::Unused);
                }
                continue;
            }
            let good = live.iter().enumerate().filter(|(_, tried)| {
                contends(tried) && self.reaches(tried) && self.is_as_good(tried, &live[best])
            });
            let place = good.min_by_key(|(_, tried)| order(tried)).map(|(place, _)| place);
            let Some(place) = place else {
                let tried = live.swap_remove(best);
                let why = self.why_not(&tried);
                self.reject(tried.entry.candidate, why);
                continue;
            };
            let tried = live.swap_remove(place);
            if tried.is_guessed {
                live.extend(self.afresh(tried).await?);
                continue;
            }
            match self.objection(&tried).await? {
                Some(why) => self.reject(tried.entry.candidate, why),
                None => self.take(tried),
            }
        }
        Ok(())
    }

    pub(super) fn reaches(&self, tried: &Tried) -> bool {
        let mut pairs = tried.entry.cases.iter().zip(&tried.costs);
        pairs.any(|(place, cost)| self.bars.is_enough(self.cases[*place].cost, *cost))
    }

    /// Whether nobody would miss the best one. More columns in the same index are only worth it
    /// where they reach the bar once more.
    pub(super) fn is_as_good(&self, tried: &Tried, best: &Tried) -> bool {
        let is_short_form = best.entry.candidate.keys.starts_with(&tried.entry.candidate.keys);
        best.entry.cases.iter().zip(&best.costs).all(|(case, with_best)| {
            let cost = self.cases[*case].cost;
            let with_this = tried.cost_of(*case).unwrap_or(cost);
            let is_near = with_this <= with_best * NEARLY + NOTHING;
            is_near || (is_short_form && self.is_left_nothing(cost, with_this, *with_best))
        })
    }

    /// Why one that reaches the bar is not taken all the same.
    pub(super) async fn objection(&mut self, tried: &Tried) -> Result<Option<Why>, DbError> {
        let candidate = &tried.entry.candidate;
        let Some(table) = candidate.table_in(self.schema) else { return Ok(None) };
        let costs = price(candidate, table, tried.share_of_rows, self.schema, self.workload);
        if costs >= tried.gain {
            return Ok(Some(Why::Writes { saves: tried.gain, costs }));
        }
        let same_keys = self.chosen.iter().map(|chosen| &chosen.entry.candidate).find(|chosen| {
            chosen.oid == candidate.oid
                && chosen.keys == candidate.keys
                && chosen.predicate == candidate.predicate
        });
        if let Some(chosen) = same_keys {
            return Ok(Some(Why::Outdone { by: chosen.to_string() }));
        }
        // A hypothetical index can look cheaper than a real one, so those that are there are looked
        // at as if they were hypothetical too.
        for (name, twin) in twins(candidate, table) {
            let mut indexes = self.chosen_for(&tried.entry.cases, None);
            indexes.push(twin);
            if let Answer::Told(as_twin) = self.ask(&tried.entry.cases, &indexes).await? {
                let mut pairs = as_twin.costs.iter().zip(&tried.costs);
                if pairs.all(|(as_twin, with_this)| *as_twin <= with_this * NEARLY + NOTHING) {
                    return Ok(Some(Why::NoBetter { than: name }));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn take(&mut self, tried: Tried) {
        let number = self.chosen.len() + 1;
        for (place, cost) in tried.entry.cases.iter().zip(&tried.costs) {
            if *cost < self.cases[*place].cost {
                self.cases[*place].cost = *cost;
                self.changed[*place] = number;
            }
        }
        self.chosen.push(tried);
    }

    /// Indexes of which none helps alone: both arms of an `or`, both sides of a join.
    pub(super) async fn choose_together(
        &mut self,
        live: &mut Vec<Tried>,
        screened: &[Screened],
    ) -> Result<(), DbError> {
        for (place, screened) in screened.iter().enumerate() {
            let case = &self.cases[place];
            let is_open = case.cost > case.before * (1.0 - self.bars.least_saving)
                && self.bars.is_enough(case.cost, screened.floor);
            if !is_open || screened.uses.len() < 2 || self.planner.is_out_of_time() {
                continue;
            }
            let is_used = |tried: &Tried| screened.uses.contains(&tried.entry.candidate);
            let (used, rest): (Vec<Tried>, Vec<Tried>) = live.drain(..).partition(is_used);
            *live = rest;
            let mut indexes = self.chosen_for(&[place], None);
            indexes.extend(used.iter().map(|tried| tried.entry.candidate.clone()));
            let answer = self.ask(&[place], &indexes).await?;
            let case = &self.cases[place];
            let after = match answer {
                Answer::Told(costs) => costs.costs[0],
                Answer::Refused(_) => case.cost,
            };
            let gain = case.calls * (case.cost - after);
            let costs: f64 = used
                .iter()
                .filter_map(|tried| {
                    let candidate = &tried.entry.candidate;
                    let table = candidate.table_in(self.schema)?;
                    Some(price(candidate, table, tried.share_of_rows, self.schema, self.workload))
                })
                .sum();
            if !self.bars.is_enough(case.cost, after) || costs >= gain {
                live.extend(used);
                continue;
            }
            self.cases[place].cost = after;
            self.changed[place] = self.chosen.len() + used.len();
            self.chosen.extend(used);
        }
        Ok(())
    }
}

/// Of candidates that gain alike the smallest, with the fewest keys, in the first choice of order.
fn order(tried: &Tried) -> (u64, usize, bool, String) {
    let candidate = &tried.entry.candidate;
    (tried.bytes, candidate.keys.len(), !tried.entry.is_first_choice, candidate.which())
}
