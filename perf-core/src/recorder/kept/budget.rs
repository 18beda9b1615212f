use super::Kept;
use crate::sync::{AtomicU64, AtomicUsize, Ordering};
use crate::{table, time};

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

    pub(super) fn number(&self) -> u64 {
        table::hash(&self.serial.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes room for a scope, in exchange for what is `freed`. Single steps may use three quarters
    /// of the room; beyond that the detail goes first, and the scope itself when all is used.
    pub(super) fn admit(&self, kept: &mut Kept, freed: usize) -> bool {
        let Some(work) = &kept.work else { return self.exchange(freed, kept.bytes(), self.most) };
        if work.has_steps() && self.exchange(freed, kept.bytes(), self.enough()) {
            return true;
        }
        if let Some(work) = &mut kept.work {
            work.forget_steps();
        }
        self.exchange(freed, kept.bytes(), self.most)
    }

    fn exchange(&self, freed: usize, taken: usize, most: usize) -> bool {
        let exchanged = |used: usize| {
            let used = used.saturating_sub(freed).checked_add(taken)?;
            (used <= most).then_some(used)
        };
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, exchanged).is_ok()
    }

    pub(super) fn release(&self, kept: &Kept) {
        self.used.fetch_sub(kept.bytes(), Ordering::Relaxed);
    }

    pub(super) fn is_short(&self) -> bool {
        self.used.load(Ordering::Relaxed) > self.enough()
    }

    /// Three quarters of the room.
    fn enough(&self) -> usize {
        self.most / 4 * 3
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }
}
