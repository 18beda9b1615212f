//! The least cache that the fence and single flight make: one key, a source, and the order of steps that
//! `look.rs`, `keep.rs` and `invalidate.rs` have.

use shuttle::future::block_on;

use crate::fence::{Authority, Epoch, Ledger, TagId, Verdict};
use crate::flight::{Boarding, Flights, Lead, Outcome, Pace};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Mutex, Ordering};

pub(crate) const KEY: &str = "tea:green";
pub(crate) const TAG: TagId = TagId(7);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) value: u64,
    pub(crate) seen: Epoch,
}

/// How the key is invalidated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Key,
    Tag,
    Pattern,
    All,
}

pub(crate) struct OneKey {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) flights: Flights,
    source: AtomicU64,
    /// What the source had when the last invalidation returned.
    told: AtomicU64,
    local: Mutex<Option<Entry>>,
    pub(crate) loads: AtomicUsize,
}

impl OneKey {
    /// The source has the value 1.
    pub(crate) fn new() -> Arc<Self> {
        let ledger = Arc::new(Ledger::new(Authority::Process));
        Arc::new(Self {
            flights: Flights::new(ledger.clone()),
            ledger,
            source: AtomicU64::new(1),
            told: AtomicU64::new(1),
            local: Mutex::default(),
            loads: AtomicUsize::new(0),
        })
    }

    /// No caller who begins now may get a value that is older.
    pub(crate) fn least(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// A value that is not struck, after the closer look that makes it good again.
    pub(crate) fn look(&self) -> Option<u64> {
        let entry = (*self.local.lock())?;
        if entry.seen == self.ledger.epoch() {
            return Some(entry.value);
        }
        match self.ledger.check(KEY, entry.seen, &[TAG]) {
            Verdict::Valid(epoch) => {
                self.flights.hold(KEY, || {
                    // Two steps, as the local tier has them.
                    let there = *self.local.lock();
                    if there.is_some_and(|there| there.value == entry.value && there.seen < epoch) {
                        *self.local.lock() = Some(Entry { seen: epoch, ..entry });
                    }
                });
                Some(entry.value)
            }
            Verdict::Invalid => {
                self.flights.hold(KEY, || self.local.lock().take_if(|there| *there == entry));
                None
            }
            Verdict::Suspect => None,
        }
    }

    pub(crate) fn get(&self) -> u64 {
        loop {
            if let Some(value) = self.look() {
                return value;
            }
            match self.flights.board(KEY, &[TAG], Pace::Async, || self.peek()) {
                Boarding::Found(value) => return value,
                Boarding::Lead(lead) => return self.load(lead),
                Boarding::Follow(follow) => match block_on(follow.outcome()) {
                    Outcome::Value(value, _) => {
                        return *value.downcast::<u64>().expect("all values are numbers");
                    }
                    // Its leader gave up, or what it brings is outdated.
                    _ => continue,
                },
            }
        }
    }

    fn peek(&self) -> Option<u64> {
        let entry = (*self.local.lock())?;
        let is_good = entry.seen == self.ledger.epoch()
            || matches!(self.ledger.check(KEY, entry.seen, &[TAG]), Verdict::Valid(_));
        is_good.then_some(entry.value)
    }

    pub(crate) fn load(&self, lead: Lead) -> u64 {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let value = self.source.load(Ordering::SeqCst);
        let birth = lead.birth();
        let is_good = self.ledger.check(KEY, birth.epoch, &[TAG]) != Verdict::Invalid;
        lead.land(Outcome::Value(Arc::new(value), None), || {
            if is_good {
                *self.local.lock() = Some(Entry { value, seen: birth.epoch });
            }
        });
        value
    }

    /// Changes the source, then tells the cache.
    pub(crate) fn change(&self, value: u64, change: Change) {
        self.source.store(value, Ordering::SeqCst);
        match change {
            Change::Key => {
                self.flights.fence(KEY, || self.local.lock().take());
            }
            Change::Tag => self.ledger.tag_changed_here(TAG),
            Change::Pattern => self.ledger.rule_added_here("tea:*".into()),
            Change::All => self.ledger.all_changed_here(),
        }
        self.told.store(value, Ordering::SeqCst);
    }

    /// Frees what was struck.
    pub(crate) fn sweep(&self) {
        if let Some(epoch) = self.sweep_flights() {
            self.sweep_local(epoch);
        }
    }

    /// Takes so many locks that hardly a schedule would switch after the last of them.
    pub(crate) fn sweep_flights(&self) -> Option<Epoch> {
        let epoch = self.ledger.unswept()?;
        self.flights.fence_matching(|key, seen| self.is_struck(key, seen));
        Some(epoch)
    }

    pub(crate) fn sweep_local(&self, epoch: Epoch) {
        self.flights.hold(KEY, || {
            self.local.lock().take_if(|there| self.is_struck(KEY, there.seen));
        });
        self.ledger.swept_here(epoch);
    }

    fn is_struck(&self, key: &str, seen: Epoch) -> bool {
        self.ledger.check(key, seen, &[]) == Verdict::Invalid
    }
}
