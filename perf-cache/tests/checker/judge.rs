use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use perf_cache::testing::{Seen, What};

use crate::database::Target;
use crate::history::{Call, Event, Happening, History, Value};

/// The time limit of one operation, and the staleness bound: the defaults.
const LIMIT: Duration = Duration::from_millis(250);
const BOUND: Duration = Duration::from_secs(5);

/// How often a node asks what holds for all keys.
const WORLD: Duration = Duration::from_secs(60);

/// The longest load.
const LONGEST_LOAD: Duration = Duration::from_secs(4);

/// A promise that was not kept.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Where in the history it shows.
    pub(crate) event: usize,
    pub(crate) what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at event {}: {}", self.event, self.what)
    }
}

/// A call that has ended.
struct Ended<'h> {
    node: &'h str,
    call: &'h Call,
    began: usize,
    began_at: Duration,
    ended: usize,
    ended_at: Duration,
    value: Option<Value>,
}

/// An invalidation or an insert.
struct Change<'h> {
    node: &'h str,
    target: Target,
    called: usize,
    returned: usize,
    /// When it had returned and the store had done it.
    in_force: Option<Duration>,
}

struct Judge<'h> {
    events: &'h [Event],
    ended: Vec<Ended<'h>>,
    changes: Vec<Change<'h>>,
    wrong: Vec<Wrong>,
}

/// All promises that were not kept, in the order in which it showed.
pub(crate) fn judge(history: &History) -> Vec<Wrong> {
    let events = history.events();
    let mut judge =
        Judge { events: &events, ended: ended(&events), changes: Vec::new(), wrong: vec![] };
    judge.changes = changes(&events, &judge.ended);
    judge.freshness();
    judge.single_flight();
    judge.answers();
    judge.recovery();
    judge.wrong.sort_by_key(|wrong| wrong.event);
    judge.wrong
}

fn ended(events: &[Event]) -> Vec<Ended<'_>> {
    let mut list = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let Happening::Ended { began, value, .. } = &event.what else { continue };
        let Happening::Began(call) = &events[*began].what else { continue };
        list.push(Ended {
            node: &event.node,
            call,
            began: *began,
            began_at: events[*began].at,
            ended: place,
            ended_at: event.at,
            value: *value,
        });
    }
    list
}

fn changes<'h>(events: &'h [Event], ended: &[Ended<'h>]) -> Vec<Change<'h>> {
    let change = |ended: &Ended<'h>| {
        let target = match ended.call {
            Call::Insert(key) => Target::Key(key.clone()),
            Call::Invalidate(target) => target.clone(),
            Call::Get(_) | Call::Load(_) => return None,
        };
        let done = events[ended.began..].iter().find(|event| match &event.what {
            Happening::Seen(Seen::Done { node, what }) => node == ended.node && is(what, &target),
            _ => false,
        });
        let in_force = done.map(|done| done.at.max(ended.ended_at));
        let (called, returned) = (ended.began, ended.ended);
        Some(Change { node: ended.node, target, called, returned, in_force })
    };
    ended.iter().filter_map(change).collect()
}

/// Whether the store has done what was meant. Everything stands for all where too much has waited.
fn is(what: &What, target: &Target) -> bool {
    match (what, target) {
        (What::All, _) => true,
        (What::Key(there), Target::Key(key)) => there == key,
        (What::Tag(_), Target::Tag(tag)) => *what == What::tag(tag),
        (What::Matching(there), Target::Matching(pattern)) => there == pattern,
        _ => false,
    }
}

fn hits(what: &What, key: &str) -> bool {
    match what {
        What::Key(there) => there == key,
        What::Matching(pattern) => Target::Matching(pattern.clone()).hits(key),
        What::Tag(_) => crate::database::tags(key).iter().any(|tag| *what == What::tag(tag)),
        _ => true,
    }
}

impl Judge<'_> {
    fn is_wrong(&mut self, event: usize, what: String) {
        self.wrong.push(Wrong { event, what });
    }

    /// G1 and G2.
    fn freshness(&mut self) {
        for read in &self.ended {
            let (Call::Get(key) | Call::Load(key), Some(value)) = (read.call, read.value) else {
                continue;
            };
            for change in &self.changes {
                if value.origin >= change.called || !change.target.hits(key) {
                    continue;
                }
                let (place, what) = (change.called, &change.target);
                let late = |promise| Wrong {
                    event: read.ended,
                    what: format!(
                        "{promise}: `{}` began at {} and got a value whose load began at {}, before \
                         {what:?} was changed at {place} by `{}`",
                        read.node, read.began, value.origin, change.node,
                    ),
                };
                if change.node == read.node && change.returned < read.began {
                    self.wrong.push(late("G1"));
                } else if change.in_force.is_some_and(|at| read.began_at > at + BOUND + LIMIT) {
                    self.wrong.push(late("G2"));
                }
            }
        }
    }

    /// G3: two loads of a key at once in a node only where something was changed since the first began.
    fn single_flight(&mut self) {
        let mut loading: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let mut found = Vec::new();
        for (place, event) in self.events.iter().enumerate() {
            match &event.what {
                Happening::LoadBegan(key) => {
                    let there = loading.entry((&event.node, key)).or_default();
                    found.extend(there.last().and_then(|first| self.twice(key, *first, place)));
                    there.push(place);
                }
                Happening::LoadEnded { began } => {
                    loading.values_mut().for_each(|there| there.retain(|load| load != began));
                }
                _ => {}
            }
        }
        self.wrong.extend(found);
    }

    fn twice(&self, key: &str, first: usize, second: usize) -> Option<Wrong> {
        let node = &self.events[first].node;
        // The store was asked before the load began, and what was fenced then was this load.
        let boarded = self.events[first].at.saturating_sub(4 * LIMIT);
        let is_fenced_here = self.changes.iter().any(|change| {
            let returned = self.events[change.returned].at;
            change.target.hits(key) && change.called < second && returned >= boarded
        });
        // What was told may be heard late, and a version that was not heard be found out much later, or
        // have to be made anew.
        let since = |longest| self.events[first].at.saturating_sub(longest);
        let is_told =
            self.events[..second].iter().enumerate().any(|(done, event)| match &event.what {
                Happening::Seen(Seen::Done { what, .. }) if hits(what, key) => {
                    let lasts = matches!(what, What::All | What::Matching(_));
                    event.at >= since(BOUND + LONGEST_LOAD)
                        || lasts && !self.has_heard(node, what, done, first)
                }
                Happening::Seen(Seen::Forgot) => event.at >= since(WORLD + BOUND),
                _ => false,
            });
        let what = format!("G3: `{node}` loads `{key}` twice at once, since {first} and {second}");
        (!is_fenced_here && !is_told).then_some(Wrong { event: second, what })
    }

    /// Whether a node has heard of this change, and not only of an earlier one like it.
    fn has_heard(&self, by: &str, what: &What, done: usize, before: usize) -> bool {
        self.events[done.min(before)..before].iter().any(|event| match &event.what {
            Happening::Seen(Seen::Heard { node, what: heard }) => node == by && heard == what,
            _ => false,
        })
    }

    /// G3 and G4: every call answers, in time, and none fails.
    fn answers(&mut self) {
        for (place, event) in self.events.iter().enumerate() {
            match &event.what {
                Happening::Lost { began } => {
                    self.wrong.push(Wrong {
                        event: place,
                        what: format!("G3: the call that began at {began} never got an answer"),
                    });
                }
                Happening::Ended { error: Some(error), .. } => {
                    let what = format!("G4: a call failed: {error}");
                    self.wrong.push(Wrong { event: place, what });
                }
                _ => {}
            }
        }
        let mut slow = Vec::new();
        for ended in &self.ended {
            let longest = match ended.call {
                // The head, the value, the tags.
                Call::Get(_) => 3 * LIMIT,
                // The same, the lease, and the load of another that was overtaken, before its own.
                Call::Load(_) => 8 * LIMIT + 2 * LONGEST_LOAD,
                // To open the key, the tags, to publish.
                Call::Insert(_) => 3 * LIMIT,
                Call::Invalidate(_) => LIMIT,
            };
            // Timers are a millisecond late.
            let took = ended.ended_at - ended.began_at;
            if took > longest + Duration::from_millis(10) {
                slow.push((
                    ended.ended,
                    format!("G4: a call took {took:?}, and {longest:?} at most"),
                ));
            }
        }
        slow.into_iter().for_each(|(event, what)| self.is_wrong(event, what));
    }

    /// G4: in the end every node has the newest value of every key.
    fn recovery(&mut self) {
        let settled = self.events.iter().enumerate().find_map(|(place, event)| match &event.what {
            Happening::Settled(rows) => Some((place, rows)),
            _ => None,
        });
        let Some((settled, rows)) = settled else {
            return;
        };
        let mut old = Vec::new();
        for read in self.ended.iter().filter(|read| read.began > settled) {
            let (Call::Get(key) | Call::Load(key), Some(value)) = (read.call, read.value) else {
                continue;
            };
            let newest = rows.iter().find(|(there, _)| there == key).map(|(_, number)| *number);
            if newest != Some(value.number) {
                let (node, number) = (read.node, value.number);
                let what =
                    format!("G4: in the end `{node}` has {number} of `{key}`, not {newest:?}");
                old.push((read.ended, what));
            }
        }
        old.into_iter().for_each(|(event, what)| self.is_wrong(event, what));
    }
}
