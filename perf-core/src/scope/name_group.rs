use crate::event::{CallSite, Name};
use crate::time::Duration;

/// Names kept for one scope.
const MAX_GROUPS: usize = 32;

/// What sort of thing a name in a scope stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameKind {
    /// A cache.
    Cache,
    /// A pool of connections.
    Pool,
    /// A target of outgoing calls.
    Call,
}

/// All events of one scope that bear the same name.
#[derive(Clone, Debug)]
pub struct NameGroup {
    kind: NameKind,
    name: Name,
    call_site: CallSite,
    count: u64,
    time: Duration,
    longest: Duration,
}

impl NameGroup {
    /// What sort of thing it is.
    pub fn kind(&self) -> NameKind {
        self.kind
    }

    /// The name of the cache, pool or target.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Who made the calls, where they say so.
    pub fn call_site(&self) -> CallSite {
        self.call_site
    }

    /// How many events there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of their durations.
    pub fn time(&self) -> Duration {
        self.time
    }

    /// The longest single duration.
    pub fn longest(&self) -> Duration {
        self.longest
    }
}

/// The groups of one scope, bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameGroups {
    groups: Vec<NameGroup>,
}

impl NameGroups {
    /// Counts an event and tells which group it fell into; `None` when there are too many.
    pub(super) fn add(
        &mut self,
        kind: NameKind,
        name: &Name,
        call_site: CallSite,
        duration: Duration,
    ) -> Option<u16> {
        let same = |group: &NameGroup| {
            group.kind == kind && group.name == *name && group.call_site == call_site
        };
        let place = match self.groups.iter().position(same) {
            Some(place) => place,
            None if self.groups.len() == MAX_GROUPS => return None,
            None => {
                let (count, time, longest) = (0, Duration::ZERO, Duration::ZERO);
                let name = name.clone();
                self.groups.push(NameGroup { kind, name, call_site, count, time, longest });
                self.groups.len() - 1
            }
        };
        let group = &mut self.groups[place];
        group.count += 1;
        group.time = group.time.saturating_add(duration);
        group.longest = group.longest.max(duration);
        Some(place as u16)
    }

    pub(super) fn shrink(&mut self) {
        self.groups.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        let texts = self.groups.iter().map(|group| group.name.as_str().len());
        self.groups.capacity() * size_of::<NameGroup>() + texts.sum::<usize>()
    }

    pub(crate) fn as_slice(&self) -> &[NameGroup] {
        &self.groups
    }
}
