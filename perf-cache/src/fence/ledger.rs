use perf_core::sync::{Arc, AtomicU64, Mutex, MutexGuard, Ordering};
use perf_core::time::{self, AtomicInstant, Duration, Instant};

use super::known::{Known, KnownTag};
use super::{
    Authority, Birth, Epoch, Rule, Stamp, StampVerdict, TagId, TagVersion, TagsSince, Verdict,
    Version,
};
use crate::store::World;

/// Tags that one process remembers; beyond, all of them are forgotten and asked for again.
const MAX_KNOWN_TAGS: usize = 65_536;

const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What this process knows of everything that was invalidated.
///
/// Invariants:
/// 1. Every change is made under the lock and ends with a new epoch, so a value that was seen good in
///    the present epoch has missed nothing.
/// 2. Versions only grow. An answer of the server that was overtaken by a notice changes nothing.
/// 3. What is forgotten for want of room counts as changed.
#[derive(Debug)]
pub(crate) struct Ledger {
    authority: Authority,
    epoch: AtomicU64,
    /// Until when silence of the other processes proves nothing.
    trusted_until: AtomicInstant,
    known: Mutex<Known>,
}

impl Ledger {
    pub(crate) fn new(authority: Authority) -> Self {
        Self {
            authority,
            epoch: AtomicU64::new(1),
            trusted_until: AtomicInstant::new(time::now() + FAR),
            known: Mutex::default(),
        }
    }

    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// Whether a value that was seen good in `seen` is still good without a closer look.
    #[inline]
    pub(crate) fn is_current(&self, seen: Epoch, now: Instant) -> bool {
        seen == self.epoch() && now < self.trusted_until.load()
    }

    /// The closer look at a value of this process.
    pub(crate) fn check(&self, key: &str, seen: Epoch, tags: &[TagId]) -> Verdict {
        let known = self.known.lock();
        if known.all_changed > seen || known.rules.strike_since(seen, key) {
            return Verdict::Invalid;
        }
        let mut missed = known.missed > seen || time::now() >= self.trusted_until.load();
        for tag in tags {
            let changed = known.tag_changed(*tag);
            if changed > seen {
                if changed != known.forgotten || self.authority == Authority::Process {
                    return Verdict::Invalid;
                }
                missed = true;
            }
        }
        if missed { Verdict::Suspect } else { Verdict::Valid(self.epoch()) }
    }

    /// Whether something was invalidated since then that the key belongs to, as far as it was heard.
    pub(crate) fn has_struck(&self, key: &str, since: Epoch, tags: &[TagId]) -> bool {
        let known = self.known.lock();
        known.all_changed > since
            || known.rules.strike_since(since, key)
            || tags.iter().any(|tag| known.tag_changed(*tag) > since)
    }

    /// What is in force now, for a load that begins.
    pub(crate) fn birth(&self) -> Birth {
        let known = self.known.lock();
        let (all, rules, learned) = (known.all, known.rules.last(), known.learned);
        Birth { epoch: self.epoch(), learned, all, rules }
    }

    /// The versions that tags had when a load began, now that it has ended.
    pub(crate) fn tags_since(&self, birth: Birth, tags: &[TagId]) -> TagsSince {
        let known = self.known.lock();
        let (mut versions, mut unknown) = (Vec::with_capacity(tags.len()), Vec::new());
        for tag in tags {
            match known.tags.get(tag) {
                Some(there) if there.changed > birth.epoch => return TagsSince::Changed,
                // What was learned later may have changed before it was. And a change that no server
                // has confirmed has no version yet.
                Some(there)
                    if there.learned <= birth.learned && there.version > Version::default() =>
                {
                    versions.push(TagVersion { tag: *tag, version: there.version });
                }
                _ => unknown.push(*tag),
            }
        }
        if unknown.is_empty() { TagsSince::Same(versions) } else { TagsSince::Unknown(unknown) }
    }

    /// Judges a value by what was in force when its load began.
    pub(crate) fn check_stamp(&self, key: &str, stamp: &Stamp) -> StampVerdict {
        let mut known = self.known.lock();
        if stamp.all < known.all || known.rules.strike_after(stamp.rules, key) {
            return StampVerdict::Invalid;
        }
        // Whoever stored it knew of something that has not come here yet.
        if stamp.all > known.all {
            self.change(&mut known, |known, epoch| known.set_all(stamp.all, epoch));
        }
        let mut unknown = Vec::new();
        for tag in &stamp.tags {
            match known.tags.get(&tag.tag) {
                Some(there) if there.version > tag.version => return StampVerdict::Invalid,
                Some(there) if there.version == tag.version => {}
                Some(there) if there.version == Version::default() => unknown.push(tag.tag),
                Some(_) => self.change(&mut known, |known, epoch| known.set_tag(*tag, epoch)),
                None => unknown.push(tag.tag),
            }
        }
        if unknown.is_empty() { StampVerdict::Valid } else { StampVerdict::Unknown(unknown) }
    }

    /// Takes in versions that the server gave as an answer to a question that was asked in this epoch
    /// or later.
    pub(crate) fn learn_tags(&self, tags: impl IntoIterator<Item = TagVersion>, asked: Epoch) {
        let mut known = self.known.lock();
        // What was missed meanwhile may have overtaken the answer.
        if known.missed > asked {
            return;
        }
        for tag in tags {
            known.learned += 1;
            let learned = known.learned;
            match known.tags.get_mut(&tag.tag) {
                // A change that was heard meanwhile has overtaken the answer.
                Some(there) if there.version == Version::default() && there.changed > asked => {}
                Some(there) if there.version == Version::default() => {
                    (there.version, there.learned) = (tag.version, learned);
                }
                Some(there) if there.version >= tag.version => {}
                Some(_) => self.change(&mut known, |known, epoch| known.set_tag(tag, epoch)),
                None => {
                    self.make_room(&mut known);
                    // Its own change may have been forgotten, so it counts as old as that.
                    let changed = known.forgotten;
                    let first = KnownTag { version: tag.version, changed, learned };
                    known.tags.insert(tag.tag, first);
                }
            }
        }
    }

    /// This process invalidates a tag; what the server makes of it comes later, or never.
    pub(crate) fn tag_changed_here(&self, tag: TagId) {
        let mut known = self.known.lock();
        self.make_room(&mut known);
        self.change(&mut known, |known, epoch| {
            let version = known.tags.get(&tag).map_or(Version::default(), |tag| tag.version);
            known.set_tag(TagVersion { tag, version }, epoch);
        });
    }

    /// This process invalidates everything.
    pub(crate) fn all_changed_here(&self) {
        self.change(&mut self.known.lock(), |known, epoch| known.strike_all(epoch));
    }

    /// This process invalidates what matches a pattern.
    pub(crate) fn rule_added_here(&self, pattern: Arc<str>) {
        let mut known = self.known.lock();
        let rule = Rule { version: Version::default(), pattern };
        self.change(&mut known, |known, epoch| known.add_rule(rule, epoch));
    }

    /// The server gave a tag this version. It may be told late, so where the present version is not known
    /// it stays so.
    pub(crate) fn tag_changed(&self, tag: TagVersion) {
        let mut known = self.known.lock();
        let there = known.tags.get(&tag.tag).map_or(Version::default(), |there| there.version);
        if there >= tag.version {
            return;
        }
        self.make_room(&mut known);
        self.change(&mut known, |known, epoch| {
            let is_known = there > Version::default();
            let version = if is_known { tag.version } else { Version::default() };
            known.set_tag(TagVersion { version, ..tag }, epoch);
        });
    }

    /// The server gave everything this version.
    pub(crate) fn all_changed(&self, version: Version) {
        let mut known = self.known.lock();
        if version > known.all {
            self.change(&mut known, |known, epoch| known.set_all(version, epoch));
        }
    }

    /// The server has a new rule. When there are too many, everything counts as changed.
    pub(crate) fn rule_added(&self, rule: Rule) {
        let mut known = self.known.lock();
        if known.rules.has(&rule) {
            return;
        }
        self.change(&mut known, |known, epoch| known.add_rule(rule, epoch));
    }

    /// The present epoch, if something was struck whose values may still be here.
    pub(crate) fn unswept(&self) -> Option<Epoch> {
        let known = self.known.lock();
        known.is_unswept.then(|| self.epoch())
    }

    /// What a rule of this epoch or before says has been done in this process: nothing here that is
    /// older matches it.
    pub(crate) fn swept_here(&self, epoch: Epoch) {
        let mut known = self.known.lock();
        known.rules.swept_here(epoch, self.authority);
        known.is_unswept = self.epoch() != epoch;
    }

    /// Whether what holds for all keys may have changed unheard, so that nothing that the server has can
    /// be judged: then the present epoch, to be given with the answer.
    pub(crate) fn lacks_world(&self) -> Option<Epoch> {
        let known = self.known.lock();
        (known.missed > known.asked_world).then(|| self.epoch())
    }

    /// Takes in what holds for all keys, as the server gave it as an answer to a question that was asked
    /// in this epoch or later.
    pub(crate) fn learn_world(&self, world: World, asked: Epoch) {
        let mut known = self.known.lock();
        known.asked_world = known.asked_world.max(asked);
        if world.all > known.all {
            self.change(&mut known, |known, epoch| known.set_all(world.all, epoch));
        }
        known.rules.retire_all_but(&world);
        for rule in world.rules {
            if !known.rules.has(&rule) {
                self.change(&mut known, |known, epoch| known.add_rule(rule, epoch));
            }
        }
    }

    /// Something may have been missed: what was kept so far has to be compared with the store, and the
    /// versions of tags have to be asked for again.
    pub(crate) fn missed_something(&self) {
        let mut known = self.known.lock();
        self.change(&mut known, |known, epoch| {
            known.missed = epoch;
            // That they changed, and when, is still true.
            known.tags.values_mut().for_each(|tag| tag.version = Version::default());
        });
    }

    /// Until when this process may believe that it has heard of everything.
    pub(crate) fn trust_until(&self, moment: Instant) {
        self.trusted_until.store(moment);
    }

    fn make_room(&self, known: &mut MutexGuard<'_, Known>) {
        if known.tags.len() >= MAX_KNOWN_TAGS {
            self.change(known, |known, epoch| {
                known.tags.clear();
                known.forgotten = epoch;
            });
        }
    }

    fn change(&self, known: &mut Known, change: impl FnOnce(&mut Known, Epoch)) {
        let next = Epoch(self.epoch.load(Ordering::Relaxed) + 1);
        change(known, next);
        self.epoch.store(next.0, Ordering::Release);
    }
}
