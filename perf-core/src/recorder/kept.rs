//! The slowest scopes of each route, and a sample of the others, kept whole.

use serde::{Serialize, Serializer};

use super::Closed;
use crate::scope::{Outcome, Split, TraceId, Work};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, Ordering};
use crate::table;
use crate::time::{self, Duration, Instant};
use crate::units::serialize_millis;

/// Scopes kept of each sort and route.
const EACH: usize = 5;

/// The slowest scopes are those of this time and of the same time before it.
pub(super) const WINDOW: Duration = Duration::from_secs(300);

/// About as often as this one scope of a route is kept, whatever it took.
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// One request or job, whole.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// Its own number, by which [`Recorder::kept`](crate::Recorder::kept) finds it.
    #[serde(serialize_with = "serialize_id")]
    pub id: u64,
    /// Method and template, or the job's name.
    pub route: String,
    /// Why it was kept.
    pub reason: KeptReason,
    /// When it was opened, in milliseconds since 1970.
    pub opened_unix_ms: u64,
    /// From the opening to the close.
    #[serde(rename = "elapsed_ms", serialize_with = "serialize_millis")]
    pub elapsed: Duration,
    /// From the opening to the head of the answer.
    #[serde(skip)]
    pub head: Option<Duration>,
    /// How it ended.
    pub outcome: Outcome,
    /// The status of its answer, where there was one.
    pub status: Option<u16>,
    /// Where its time went.
    pub split: Split,
    /// The distributed trace that it is a part of.
    pub trace: Option<TraceId>,
    /// Bytes of its body, and of the answer's.
    pub request_bytes: u64,
    /// Bytes of the answer's body.
    pub response_bytes: u64,
    /// What was done in it, where anything was.
    #[serde(skip)]
    pub work: Option<Box<Work>>,
}

/// Why a [`Kept`] was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeptReason {
    /// It was among the slowest of its route in the last minutes.
    Slow,
    /// By chance: about one a second is.
    Sample,
}

impl Kept {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.route.len() + self.work.as_ref().map_or(0, |work| work.bytes())
    }
}

/// The bytes that all routes together may keep.
#[derive(Debug)]
pub(crate) struct Budget {
    most: usize,
    used: AtomicUsize,
    /// Scopes that were not kept for want of room.
    pub(crate) refused: AtomicU64,
    serial: AtomicU64,
}

impl Budget {
    pub(crate) fn new(most: usize) -> Self {
        let (used, refused) = (AtomicUsize::new(0), AtomicU64::new(0));
        let serial = AtomicU64::new(table::hash(&time::unix_millis()));
        Self { most, used, refused, serial }
    }

    fn number(&self) -> u64 {
        table::hash(&self.serial.fetch_add(1, Ordering::Relaxed))
    }

    fn has_room_for(&self, bytes: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(bytes) <= self.most
    }

    /// Takes the detail away first, and the scope itself only when that is not enough.
    fn admit(&self, mut kept: Kept) -> Option<Arc<Kept>> {
        if !self.has_room_for(kept.bytes())
            && let Some(work) = &mut kept.work
        {
            work.forget_steps();
        }
        let bytes = kept.bytes();
        if !self.has_room_for(bytes) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.used.fetch_add(bytes, Ordering::Relaxed);
        Some(Arc::new(kept))
    }

    fn release(&self, kept: Option<Arc<Kept>>) {
        let bytes = kept.map_or(0, |kept| kept.bytes());
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one route keeps.
///
/// The path of every request reads two numbers; the lock is for the few that are kept.
#[derive(Debug, Default)]
pub(crate) struct KeptSeries {
    /// What a scope must exceed, in microseconds, to be among the slowest.
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
    /// Latest last, at most `EACH`.
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
        let pause = every / 2 + table::hash(&closed.elapsed) % every;
        self.next_sample
            .compare_exchange(next, now + pause, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
            .then_some(KeptReason::Sample)
    }

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
        let kept = budget.admit(Kept {
            id: budget.number(),
            route,
            reason,
            opened_unix_ms: time::unix_millis().saturating_sub(closed.elapsed.as_millis() as u64),
            elapsed: closed.elapsed,
            head: notes.head,
            outcome: closed.outcome,
            status: (notes.status > 0).then_some(notes.status),
            split: closed.split,
            trace: notes.trace,
            request_bytes: notes.request_bytes,
            response_bytes: notes.response_bytes,
            work,
        });
        let Some(kept) = kept else { return };
        let sets = &mut *self.sets.lock();
        match reason {
            KeptReason::Sample => {
                let oldest = (sets.sampled.len() == EACH).then(|| sets.sampled.remove(0));
                sets.sampled.push(kept);
                budget.release(oldest);
            }
            KeptReason::Slow => {
                sets.opened.get_or_insert(closed.now);
                let place = sets.slowest.partition_point(|other| other.elapsed >= kept.elapsed);
                sets.slowest.insert(place, kept);
                if sets.slowest.len() > EACH {
                    budget.release(sets.slowest.pop());
                }
                if let [.., least] = &*sets.slowest
                    && sets.slowest.len() == EACH
                {
                    self.floor.store(least.elapsed.as_micros() as u64, Ordering::Relaxed);
                }
            }
        }
    }

    /// Lets the slowest of the window before go, when this one has been open for long enough.
    pub(crate) fn turn(&self, budget: &Budget, now: Instant) {
        let sets = &mut *self.sets.lock();
        if sets.opened.is_some_and(|opened| now - opened >= WINDOW) {
            sets.opened = Some(now);
            let latest = std::mem::take(&mut sets.slowest);
            for gone in std::mem::replace(&mut sets.before, latest) {
                budget.release(Some(gone));
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
        slowest.extend(sets.sampled.iter().rev().cloned());
        slowest
    }
}

/// In hexadecimal: JSON's numbers lose digits.
fn serialize_id<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{id:016x}"))
}
