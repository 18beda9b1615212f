//! Chooses a set of indexes, one at a time, by what the planner says.

use super::IndexSearch;
use super::advice::{Gain, Proof, Rejected, Suggested, Why};
use super::candidate::Candidate;
use super::case::Case;
use super::existing::twins;
use super::generate::PARTIAL_AT_MOST;
use super::planner::{Answer, Costs, Plannable, Planner};
use super::pool::Entry;
use super::price::{price, write_overhead};
use crate::advise::schema::Schema;
use crate::advise::workload::Workload;
use crate::error::DbError;

/// What is nearly as cheap is as good: estimates are no better than that.
const NEARLY: f64 = 1.25;

/// And what differs by less than this, in the planner's unit.
const NOTHING: f64 = 5.0;

/// Gains below this share of the best one are too small to be as good as it.
const CONTENDS: f64 = 0.5;

/// An index is taken back when the others save all but this share of what it saves.
const HARDLY: f64 = 0.05;

/// Hypothetical indexes at once; hypopg has numbers for about 2,500, and planning takes longer with
/// each of them.
const MOST_AT_ONCE: usize = 60;

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

/// A candidate and what the planner says of it.
pub(super) struct Tried {
    entry: Entry,
    /// Of each of its cases.
    costs: Vec<f64>,
    bytes: u64,
    /// The share of the rows that it holds.
    share_of_rows: f64,
    /// What it saves over the workload, in the planner's unit.
    gain: f64,
    /// How many indexes had been chosen when it was tried.
    stamp: usize,
    /// Whether the planner was not asked since.
    is_guessed: bool,
    /// The cost of the case that it serves best, without and with it, when it was tried first.
    best: (f64, f64),
}

impl Tried {
    /// What it makes of one case, as far as it was asked.
    fn cost_of(&self, case: usize) -> Option<f64> {
        let place = self.entry.cases.iter().position(|place| *place == case)?;
        Some(self.costs[place])
    }
}

/// What all candidates of a case come to together.
struct Screened {
    floor: f64,
    /// Those that its plan uses.
    uses: Vec<Candidate>,
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

    /// What the server would make at all, and partial indexes that are worth the name.
    async fn makeable(&mut self, entries: Vec<Entry>) -> Result<Vec<(Entry, f64)>, DbError> {
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
    async fn screen(&mut self, entries: &[(Entry, f64)]) -> Result<Vec<Screened>, DbError> {
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

    pub(super) fn into_parts(self) -> (Vec<Case>, Planner<'a>) {
        (self.cases, self.planner)
    }

    /// The entries that serve a case for which all of them together reach the bar, with the cases
    /// that gain anything by them.
    fn promising(&mut self, entries: Vec<(Entry, f64)>) -> Vec<(Entry, f64)> {
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
    fn may_reach(&self, entry: &Entry) -> bool {
        let mut cases = entry.cases.iter();
        cases.any(|case| self.bars.is_enough(self.cases[*case].cost, self.floors[*case]))
    }

    /// Whether the index with fewer columns leaves the longer one nothing that reaches the bar.
    fn is_good_enough(&self, short: &Tried, long: &Entry) -> bool {
        short.entry.candidate.is_short_form_of(&long.candidate)
            && long.cases.iter().all(|case| {
                let cost = short.cost_of(*case).unwrap_or(self.cases[*case].cost);
                !self.bars.is_enough(cost, self.floors[*case])
            })
    }

    async fn first_try(
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
    async fn again(&mut self, tried: &mut Tried, entry: &Entry) -> Result<Option<String>, DbError> {
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

    /// One index at a time, the one that saves most first. What was tried before another one was
    /// chosen is tried again only when its turn comes: it seldom saves more than it did.
    async fn choose(&mut self, live: &mut Vec<Tried>) -> Result<(), DbError> {
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

    /// Brings what is known of it up to date. Of two indexes on its only table a statement uses the
    /// better one, so that the planner need not be asked what both come to; not so with joins, where
    /// one can make another worth it.
    async fn refresh(&mut self, tried: &mut Tried) -> Result<bool, DbError> {
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
    async fn afresh(&mut self, mut tried: Tried) -> Result<Option<Tried>, DbError> {
        let entry = tried.entry.clone();
        match self.again(&mut tried, &entry).await? {
            Some(code) => {
                self.reject(tried.entry.candidate, Why::Refused { code });
                Ok(None)
            }
            None => Ok(Some(tried)),
        }
    }

    /// What is saved over the workload when these cases cost that.
    fn gain(&self, cases: &[usize], costs: &[f64]) -> f64 {
        let saved = cases.iter().zip(costs).map(|(case, cost)| {
            let case = &self.cases[*case];
            case.calls * (case.cost - cost).max(0.0)
        });
        saved.sum()
    }

    fn is_stale(&self, tried: &Tried) -> bool {
        tried.entry.cases.iter().any(|place| self.changed[*place] > tried.stamp)
    }

    fn reaches(&self, tried: &Tried) -> bool {
        let mut pairs = tried.entry.cases.iter().zip(&tried.costs);
        pairs.any(|(place, cost)| self.bars.is_enough(self.cases[*place].cost, *cost))
    }

    /// Whether nobody would miss the best one. More columns in the same index are only worth it
    /// where they reach the bar once more (dexter's rule).
    fn is_as_good(&self, tried: &Tried, best: &Tried) -> bool {
        let is_short_form = best.entry.candidate.keys.starts_with(&tried.entry.candidate.keys);
        best.entry.cases.iter().zip(&best.costs).all(|(case, with_best)| {
            let cost = self.cases[*case].cost;
            let with_this = tried.cost_of(*case).unwrap_or(cost);
            let is_near = with_this <= with_best * NEARLY + NOTHING;
            is_near || (is_short_form && !self.bars.is_enough(with_this, *with_best))
        })
    }

    /// Why one that reaches the bar is not taken all the same.
    async fn objection(&mut self, tried: &Tried) -> Result<Option<Why>, DbError> {
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

    fn take(&mut self, tried: Tried) {
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
    async fn choose_together(
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

    /// Takes back what others that were chosen later make superfluous.
    async fn thin_out(&mut self) -> Result<(), DbError> {
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

    /// What each of the chosen ones adds to those before it.
    async fn settle(&mut self) -> Result<Vec<Suggested>, DbError> {
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

/// Rejected candidates that are kept.
const MOST_REJECTED: usize = 2_000;

/// Of candidates that gain alike the smallest, with the fewest keys, in the first choice of order.
fn order(tried: &Tried) -> (u64, usize, bool, String) {
    let candidate = &tried.entry.candidate;
    (tried.bytes, candidate.keys.len(), !tried.entry.is_first_choice, candidate.which())
}
