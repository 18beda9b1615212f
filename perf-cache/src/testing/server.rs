use std::collections::BTreeMap;

use perf_core::sync::Arc;
use perf_core::time::Duration;

use super::Defect;
use crate::bytes::fingerprint;
use crate::fence::{Pattern, Rule, TagId, TagVersion, Version};
use crate::store::{
    Base, Change, Found, Generation, Lease, Notice, Sweep, TagState, Ticket, World as InForce,
};

/// What a Redis would hold, and what it does with each command. Every command is one step, and takes
/// at least a microsecond, so that no two have the same time.
///
/// All tables are ordered, so that the same commands have the same answers in every run.
#[derive(Debug, Default)]
pub(super) struct Server {
    /// Microseconds since 1970, at the present or the last command.
    now: u64,
    values: BTreeMap<Arc<str>, Slot>,
    tags: BTreeMap<TagId, Tag>,
    /// `None` until the cache as a whole has a version.
    all: Option<Version>,
    last_rule: Version,
    rules: Vec<Rule>,
    /// The list of the hottest keys, and until when it is kept.
    hottest: Option<(Vec<u8>, u64)>,
    /// What was told in this step.
    told: Vec<Notice>,
    defect: Option<Defect>,
}

#[derive(Debug)]
struct Slot {
    held: Held,
    until: u64,
}

#[derive(Debug)]
enum Held {
    Placeholder(Generation),
    Value(Vec<u8>),
}

#[derive(Debug)]
struct Tag {
    version: Version,
    invalidated: Version,
    until: u64,
}

impl Server {
    /// Begins a command at a time of the world's clock.
    pub(super) fn step(&mut self, micros: u64) -> &mut Self {
        self.now = micros.max(self.now + 1);
        let now = self.now;
        self.values.retain(|_, slot| slot.until > now);
        self.tags.retain(|_, tag| tag.until > now);
        self
    }

    /// What this step has told.
    pub(super) fn take_told(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.told)
    }

    /// What is really told of a notice.
    pub(super) fn uttered(&self, mut notice: Notice) -> Option<Notice> {
        if self.defect == Some(Defect::NoticesNotTold) {
            // Else the gap would be noticed.
            notice.ticket.number = 0;
            return Some(notice).filter(|notice| matches!(notice.change, Change::Beat(_)));
        }
        Some(notice)
    }

    pub(super) fn plant(&mut self, defect: Defect) {
        self.defect = Some(defect);
    }

    /// A restart without what was kept. It takes a millisecond, so no version comes again.
    pub(super) fn forget(&mut self) {
        let (now, defect) = (self.now + 1_000, self.defect);
        *self = Self { now, defect, ..Self::default() };
    }

    pub(super) fn evict_value(&mut self, key: &str) -> bool {
        self.values.remove(key).is_some()
    }

    pub(super) fn evict_tag(&mut self, tag: TagId) -> bool {
        self.tags.remove(&tag).is_some()
    }

    pub(super) fn evict_any_tag(&mut self, random: &mut fastrand::Rng) -> bool {
        let drawn = random.usize(..self.tags.len().max(1));
        self.tags.keys().nth(drawn).copied().is_some_and(|tag| self.evict_tag(tag))
    }

    /// Evicts a value or what holds for all keys; whether versions went with it.
    pub(super) fn evict_any(&mut self, random: &mut fastrand::Rng) -> bool {
        let others = usize::from(self.all.is_some());
        let count = self.values.len() + others;
        if count == 0 {
            return false;
        }
        let drawn = random.usize(..count);
        if let Some(key) = self.values.keys().nth(drawn).cloned() {
            self.evict_value(&key);
            return false;
        }
        self.all = None;
        self.last_rule = Version::default();
        self.rules.clear();
        true
    }

    pub(super) fn read(&self, keys: &[String]) -> Vec<Found> {
        let found = |key: &String| match self.values.get(key.as_str()).map(|slot| &slot.held) {
            None => Found::Nothing,
            Some(Held::Placeholder(generation)) => Found::Placeholder(*generation),
            Some(Held::Value(bytes)) => Found::Value(bytes.clone()),
        };
        keys.iter().map(found).collect()
    }

    pub(super) fn read_head(&self, key: &str, length: usize) -> Option<Vec<u8>> {
        match &self.values.get(key)?.held {
            Held::Value(bytes) => Some(bytes[..bytes.len().min(length)].to_vec()),
            // No envelope begins like one, which is all a caller learns from Redis too.
            Held::Placeholder(generation) => Some(generation.0.to_le_bytes().to_vec()),
        }
    }

    pub(super) fn lease(&mut self, key: &str, generation: Generation, keep: Duration) -> Lease {
        let now = Version(self.now);
        match self.values.get(key).map(|slot| &slot.held) {
            Some(Held::Value(bytes)) => Lease::Value(bytes.clone()),
            Some(Held::Placeholder(there)) => Lease::Load { generation: *there, first: false, now },
            None => {
                self.put(key, Held::Placeholder(generation), keep);
                Lease::Load { generation, first: true, now }
            }
        }
    }

    pub(super) fn reopen(
        &mut self,
        key: &str,
        generation: Generation,
        keep: Duration,
        ticket: Ticket,
    ) -> Version {
        self.put(key, Held::Placeholder(generation), keep);
        self.tell(ticket, Change::Key(key.into()));
        Version(self.now)
    }

    pub(super) fn publish(&mut self, key: &str, base: &Base, bytes: &[u8], keep: Duration) -> bool {
        let has_base = match (self.values.get(key).map(|slot| &slot.held), base) {
            (Some(Held::Placeholder(there)), Base::Placeholder(generation)) => there == generation,
            (Some(Held::Value(there)), Base::Value(head)) => there.starts_with(head),
            _ => false,
        };
        if has_base || self.defect == Some(Defect::PublishIgnoresBase) {
            self.put(key, Held::Value(bytes.to_vec()), keep);
            return true;
        }
        false
    }

    pub(super) fn remove(&mut self, key: &str, ticket: Ticket) {
        self.values.remove(key);
        self.tell(ticket, Change::Key(key.into()));
    }

    pub(super) fn tags(&mut self, tags: &[TagId], keep: Duration) -> Vec<TagState> {
        let (now, until) = (Version(self.now), self.until(keep));
        let state = |tag: &TagId| {
            let new = Tag { version: now, invalidated: Version::default(), until };
            let there = self.tags.entry(*tag).or_insert(new);
            there.until = there.until.max(until);
            let current = TagVersion { tag: *tag, version: there.version };
            TagState { current, invalidated: there.invalidated }
        };
        tags.iter().map(state).collect()
    }

    pub(super) fn invalidate_tag(&mut self, tag: TagId, keep: Duration, ticket: Ticket) -> Version {
        let old = self.tags.get(&tag);
        let version = self.later_than(old.map_or(Version::default(), |tag| tag.version));
        let until = self.until(keep).max(old.map_or(0, |tag| tag.until));
        self.tags.insert(tag, Tag { version, invalidated: version, until });
        self.tell(ticket, Change::Tag(tag, version));
        version
    }

    pub(super) fn invalidate_all(&mut self, ticket: Ticket) -> Version {
        let old = self.all.unwrap_or_default().max(self.last_rule);
        let version = self.later_than(old);
        self.all = Some(version);
        // All that they strike is older than this.
        self.rules.clear();
        self.tell(ticket, Change::All(version));
        version
    }

    pub(super) fn invalidate_matching(&mut self, pattern: &str, ticket: Ticket) -> Version {
        let version = self.later_than(self.last_rule);
        let rule = Rule { version, pattern: pattern.into() };
        self.last_rule = version;
        self.rules.push(rule.clone());
        self.tell(ticket, Change::Rule(rule));
        version
    }

    pub(super) fn retire(&mut self, rule: Version) {
        self.rules.retain(|there| there.version != rule);
    }

    pub(super) fn in_force(&mut self) -> InForce {
        let now = Version(self.now);
        InForce {
            now,
            all: *self.all.get_or_insert(now),
            last_rule: self.last_rule,
            rules: self.rules.clone(),
        }
    }

    /// The cursor is a place in the order of the keys' fingerprints, which keys that come and go do
    /// not shift.
    pub(super) fn sweep(&mut self, pattern: &str, from: Sweep, limit: usize) -> Sweep {
        let start = if from.begun { from.cursors.first().map(|(_, at)| *at) } else { Some(0) };
        let Some(start) = start else {
            return from;
        };
        let place = |key: &Arc<str>| fingerprint::of(key.as_bytes());
        let mut rest: Vec<_> = self.values.keys().map(|key| (place(key), key.clone())).collect();
        rest.retain(|(place, _)| *place >= start);
        rest.sort();
        let end = rest.get(limit.max(1)).map(|(place, _)| *place);
        let pattern = Pattern::new(pattern);
        let mut removed = from.removed;
        for (place, key) in rest {
            let is_in_reach = end.is_none_or(|end| place < end);
            if is_in_reach && pattern.matches(&key) {
                self.values.remove(&key);
                removed += 1;
            }
        }
        Sweep { cursors: end.map(|end| (0, end)).into_iter().collect(), removed, begun: true }
    }

    pub(super) fn save_hottest(&mut self, list: Vec<u8>, keep: Duration) {
        self.hottest = Some((list, self.until(keep)));
    }

    pub(super) fn stored_hottest(&self, longest: usize) -> Option<Vec<u8>> {
        let (list, until) = self.hottest.as_ref()?;
        (*until > self.now).then(|| list[..list.len().min(longest)].to_vec())
    }

    pub(super) fn beat(&mut self, ticket: Ticket, beat: u64) {
        self.tell(ticket, Change::Beat(beat));
    }

    fn put(&mut self, key: &str, held: Held, keep: Duration) {
        let until = self.until(keep);
        self.values.insert(key.into(), Slot { held, until });
    }

    fn until(&self, keep: Duration) -> u64 {
        self.now.saturating_add(u64::try_from(keep.as_micros()).unwrap_or(u64::MAX))
    }

    fn later_than(&self, old: Version) -> Version {
        Version(self.now.max(old.0 + 1))
    }

    fn tell(&mut self, ticket: Ticket, change: Change) {
        self.told.push(Notice { ticket, change });
    }
}
