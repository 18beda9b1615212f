use std::collections::HashMap;

use super::rules::Rules;
use super::{Epoch, Rule, TagId, TagVersion, Version};

/// What the ledger holds under its lock.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) all: Version,
    pub(super) all_changed: Epoch,
    pub(super) rules: Rules,
    pub(super) tags: HashMap<TagId, KnownTag, foldhash::quality::RandomState>,
    /// When tags were last forgotten: one that is not in the table may have changed then.
    pub(super) forgotten: Epoch,
    /// When something was last missed.
    pub(super) missed: Epoch,
    /// When the server was last asked what holds for all keys, and answered.
    pub(super) asked_world: Epoch,
    /// Counts the tags that were learned, known before or not.
    pub(super) learned: u64,
    /// Whether something was struck whose values may still be here.
    pub(super) is_unswept: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct KnownTag {
    /// Zero where it has to be asked for.
    pub(super) version: Version,
    /// Equal to `forgotten` when it is only known that it has not changed since.
    pub(super) changed: Epoch,
    pub(super) learned: u64,
}

impl Known {
    pub(super) fn tag_changed(&self, tag: TagId) -> Epoch {
        self.tags.get(&tag).map_or(self.forgotten, |tag| tag.changed)
    }

    pub(super) fn set_all(&mut self, version: Version, epoch: Epoch) {
        self.all = version;
        self.strike_all(epoch);
    }

    pub(super) fn strike_all(&mut self, epoch: Epoch) {
        self.all_changed = epoch;
        self.is_unswept = true;
    }

    pub(super) fn set_tag(&mut self, tag: TagVersion, epoch: Epoch) {
        self.learned += 1;
        let learned = self.learned;
        self.tags.insert(tag.tag, KnownTag { version: tag.version, changed: epoch, learned });
    }

    pub(super) fn add_rule(&mut self, rule: Rule, epoch: Epoch) {
        self.is_unswept = true;
        if !self.rules.add(rule, epoch) {
            self.strike_all(epoch);
        }
    }
}
