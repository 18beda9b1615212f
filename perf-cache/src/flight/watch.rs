use super::Flights;
use super::table::Mark;
use crate::fence::Epoch;

/// A question to the store that is no flight: nobody waits for it with its caller, and what it finds is
/// kept here only if no fence was set meanwhile. It takes no memory, and no lock is held while it lasts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    mark: Mark,
    /// That of before the question.
    pub(crate) epoch: Epoch,
}

impl Flights {
    /// Begins to watch a key, before the store is asked for it.
    pub(crate) fn watch(&self, key: &str) -> Watch {
        let mark = self.stripe(key).mark();
        Watch { mark, epoch: self.ledger().epoch() }
    }

    /// Runs `keep` unless a fence was set for the key since; no fence can be set while it runs.
    pub(crate) fn unless_fenced(&self, key: &str, watch: Watch, keep: impl FnOnce()) {
        let stripe = self.stripe(key);
        if stripe.mark() == watch.mark {
            keep();
        }
    }
}
