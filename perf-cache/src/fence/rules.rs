use super::{Authority, Epoch, Rule, Version, pattern};
use crate::store::World;

/// Rules in force at once; beyond, the oldest gives way.
const MAX_RULES: usize = 64;

/// The patterns that were invalidated and may still have matching values somewhere.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// Oldest first.
    list: Vec<Learned>,
    /// The version of the newest rule there ever was.
    last: Version,
    /// The version of the newest rule that had to give way: what is older is no longer known.
    given_way: Version,
}

#[derive(Debug)]
struct Learned {
    rule: Rule,
    epoch: Epoch,
    swept_here: bool,
}

impl Rules {
    pub(super) fn last(&self) -> Version {
        self.last
    }

    /// Whether the rule says nothing new.
    pub(super) fn has(&self, rule: &Rule) -> bool {
        let same = self.list.iter().filter(|learned| learned.rule.pattern == rule.pattern);
        same.into_iter().any(|learned| learned.rule.version >= rule.version)
    }

    /// `false` when an older rule had to give way, so that its keys are no longer known.
    pub(super) fn add(&mut self, mut rule: Rule, epoch: Epoch) -> bool {
        self.last = self.last.max(rule.version);
        // What the older rule of the same pattern says, this one says too.
        if let Some(place) = self.list.iter().position(|there| there.rule.pattern == rule.pattern) {
            rule.version = rule.version.max(self.list.remove(place).rule.version);
        }
        let fits = self.list.len() < MAX_RULES;
        if !fits {
            let oldest = self.list.remove(0);
            self.given_way = self.given_way.max(oldest.rule.version);
        }
        self.list.push(Learned { rule, epoch, swept_here: false });
        fits
    }

    /// Nothing in this process is older than `epoch` and matches. Without a server that is all there
    /// is; with one, its values may still match.
    pub(super) fn swept_here(&mut self, epoch: Epoch, authority: Authority) {
        for learned in self.list.iter_mut().filter(|learned| learned.epoch <= epoch) {
            learned.swept_here = true;
        }
        if authority == Authority::Process {
            self.list.retain(|learned| !learned.swept_here);
        }
    }

    /// Lets go of the rules that the server has let go of, once they are done here too.
    pub(super) fn retire_all_but(&mut self, world: &World) {
        self.last = self.last.max(world.last_rule);
        self.list.retain(|learned| {
            let is_in_force = world.rules.iter().any(|rule| rule.version == learned.rule.version);
            is_in_force || !learned.swept_here || learned.rule.version > world.last_rule
        });
    }

    /// Whether a rule that came after this epoch says that the key is no longer good.
    pub(super) fn strike_since(&self, seen: Epoch, key: &str) -> bool {
        let later = self.list.iter().filter(|learned| learned.epoch > seen);
        later.into_iter().any(|learned| pattern::matches(&learned.rule.pattern, key))
    }

    /// Whether a rule with a greater version says that the key is no longer good.
    pub(super) fn strike_after(&self, version: Version, key: &str) -> bool {
        let later = self.list.iter().filter(|learned| learned.rule.version > version);
        version < self.given_way
            || later.into_iter().any(|learned| pattern::matches(&learned.rule.pattern, key))
    }
}
