use super::budget::Budget;
use super::{Kept, KeptReason};
use crate::recorder::Closed;
use crate::scope::Work;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering};
use crate::table;
use crate::time::{self, Duration, Instant};

/// Scopes kept of each sort and route.
const EACH: usize = 5;

/// The slowest scopes are those of this time and of the same time before it.
pub(super) const WINDOW: Duration = Duration::from_secs(300);

/// About as often as this one scope of a route is kept, whatever it took.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// What one route keeps.
///
/// The path of every request reads two numbers; the lock is for the few that are kept.
#[derive(Debug, Default)]
pub(crate) struct KeptSeries {
    /// What a scope must exceed, in microseconds, to be among the slowest, or to try again after
    /// another found no room.
    floor: AtomicU64,
    /// When the next one is sampled, in milliseconds since the recorder began.
    next_sample: AtomicU64,
    sets: Mutex<Sets>,
}

#[derive(Debug, Default)]
struct Sets {
    /// Slowest first, at most `EACH`.
    slowest: Vec<Arc<Kept>>,
    /// Those of the window before.
    before: Vec<Arc<Kept>>,
    /// Latest first, at most `EACH`.
    sampled: Vec<Arc<Kept>>,
    opened: Option<Instant>,
}

impl KeptSeries {
    /// Why a scope that has just closed is worth keeping, if it is.
    #[inline]
    pub(crate) fn reason(&self, closed: &Closed<'_>, since: Duration) -> Option<KeptReason> {
        if closed.elapsed.as_micros() as u64 > self.floor.load(Ordering::Relaxed) {
            return Some(KeptReason::Slow);
        }
        let now = since.as_millis() as u64;
        let next = self.next_sample.load(Ordering::Relaxed);
        if now < next {
            return None;
        }
        let every = SAMPLE_EVERY.as_millis() as u64;
        let pause = every / 2 + table::hash(&(closed.elapsed, since)) % every;
        self.next_sample
            .compare_exchange(next, now + pause, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
            .then_some(KeptReason::Sample)
    }

    /// Keeps a scope where it belongs, in exchange for a lesser one when there is no room beside it.
    pub(crate) fn keep(
        &self,
        budget: &Budget,
        reason: KeptReason,
        route: String,
        closed: &Closed<'_>,
        mut work: Option<Box<Work>>,
    ) {
        if let Some(work) = &mut work {
            work.shrink();
        }
        let notes = closed.notes;
        let kept = Kept {
            id: budget.number(),
            route,
            reason,
            opened_unix_ms: time::unix_millis().saturating_sub(closed.elapsed.as_millis() as u64),
            elapsed: closed.elapsed,
            head: notes.head(),
            outcome: closed.outcome,
            status: (notes.status() > 0).then_some(notes.status()),
            split: closed.split.into(),
            trace: notes.trace(),
            request_bytes: notes.request_bytes(),
            response_bytes: notes.response_bytes(),
            work,
            closed: closed.now,
        };
        let elapsed = kept.elapsed;
        let sets = &mut *self.sets.lock();
        let is_kept = match reason {
            KeptReason::Sample => insert(budget, &mut sets.sampled, 0, kept),
            KeptReason::Slow => {
                sets.opened.get_or_insert(closed.now);
                let place = sets.slowest.partition_point(|other| other.elapsed >= elapsed);
                if place == EACH {
                    // Slower ones came in since it was compared.
                    return;
                }
                insert(budget, &mut sets.slowest, place, kept)
            }
        };
        if !is_kept {
            budget.refused.fetch_add(1, Ordering::Relaxed);
        }
        if reason == KeptReason::Slow {
            let floor = match sets.slowest.get(EACH - 1) {
                Some(least) => least.elapsed,
                None if is_kept => return,
                None => elapsed,
            };
            self.floor.fetch_max(floor.as_micros() as u64, Ordering::Relaxed);
        }
    }

    /// Lets the slowest of the window before go, when this one has been open for long enough, and
    /// samples as old as that where room is short.
    pub(crate) fn turn(&self, budget: &Budget, now: Instant) {
        let sets = &mut *self.sets.lock();
        if budget.is_short() {
            let is_old = |kept: &mut Arc<Kept>| now - kept.closed >= WINDOW * 2;
            sets.sampled.extract_if(.., is_old).for_each(|gone| budget.release(&gone));
        }
        if sets.opened.is_some_and(|opened| now - opened >= WINDOW) {
            sets.opened = Some(now);
            let latest = std::mem::take(&mut sets.slowest);
            for gone in std::mem::replace(&mut sets.before, latest) {
                budget.release(&gone);
            }
            self.floor.store(0, Ordering::Relaxed);
        }
    }

    /// The slowest first, then those that were sampled, latest first.
    pub(crate) fn all(&self) -> Vec<Arc<Kept>> {
        let sets = &*self.sets.lock();
        let mut slowest: Vec<_> = sets.slowest.iter().chain(&sets.before).cloned().collect();
        slowest.sort_by_key(|kept| std::cmp::Reverse(kept.elapsed));
        slowest.truncate(EACH);
        slowest.extend(sets.sampled.iter().cloned());
        slowest
    }

    /// The one with this number, also when it is no longer among the slowest of all.
    pub(crate) fn find(&self, id: u64) -> Option<Arc<Kept>> {
        let sets = &*self.sets.lock();
        let mut held = sets.slowest.iter().chain(&sets.before).chain(&sets.sampled);
        held.find(|kept| kept.id == id).cloned()
    }
}

/// Puts a scope into its place in a set, and the last one out when the set is full or there is no
/// room for both.
fn insert(budget: &Budget, set: &mut Vec<Arc<Kept>>, place: usize, mut kept: Kept) -> bool {
    let is_beside = set.len() < EACH && budget.admit(&mut kept, 0);
    if !is_beside {
        let Some(last) = set.last().filter(|_| place < set.len()) else { return false };
        if !budget.admit(&mut kept, last.bytes()) {
            return false;
        }
        set.pop();
    }
    set.insert(place, Arc::new(kept));
    true
}

#[cfg(test)]
mod tests;
