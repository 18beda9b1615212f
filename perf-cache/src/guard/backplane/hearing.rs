use std::collections::{BTreeMap, HashMap};

use perf_core::time::Duration;
use tokio::time::Instant;

use crate::store::Ticket;

/// Processes that are listened to; beyond, the one that was silent longest is forgotten.
const MAX_PUBLISHERS: usize = 1_024;

/// A gap wider than this is no disorder.
const WIDEST_GAP: u64 = 1_024;

/// Finds out whether something that others have told was not heard. Repetitions and disorder are
/// normal; what does not come within a while is lost.
#[derive(Debug)]
pub(super) struct Hearing {
    publishers: HashMap<u64, Publisher>,
    patience: Duration,
}

#[derive(Debug)]
struct Publisher {
    next: u64,
    /// Numbers below `next` that have not come, and until when they may.
    missing: BTreeMap<u64, Instant>,
    last_heard: Instant,
    /// It has been silent for so long that what it told since may be lost.
    is_silent: bool,
}

impl Hearing {
    pub(super) fn new(patience: Duration) -> Self {
        Self { publishers: HashMap::new(), patience }
    }

    /// A change with its number. `true` when something is lost for certain.
    pub(super) fn change(&mut self, ticket: Ticket, now: Instant) -> bool {
        let before = ticket.number.saturating_sub(1);
        let (publisher, is_lost) = self.publisher(ticket, before, now);
        publisher.missing.remove(&ticket.number);
        publisher.next = publisher.next.max(ticket.number.saturating_add(1));
        is_lost
    }

    /// A sign of life that says what the last number was.
    pub(super) fn beat(&mut self, ticket: Ticket, now: Instant) -> bool {
        self.publisher(ticket, ticket.number, now).1
    }

    /// Whether something has not come in time: a change, or the two beats after the last sign of life.
    /// Also forgets who is silent for good.
    pub(super) fn is_overdue(&mut self, now: Instant, silence: Duration) -> bool {
        let (mut is_overdue, patience) = (false, self.patience);
        self.publishers.retain(|_, publisher| {
            let count = publisher.missing.len();
            publisher.missing.retain(|_, until| *until > now);
            is_overdue |= publisher.missing.len() < count;
            if !publisher.is_silent && now - publisher.last_heard >= 2 * patience {
                publisher.is_silent = true;
                is_overdue = true;
            }
            now - publisher.last_heard < silence
        });
        is_overdue
    }

    /// Publishers that are listened to.
    pub(super) fn len(&self) -> u64 {
        self.publishers.len() as u64
    }

    /// How long ago the one was last heard that was silent longest.
    pub(super) fn longest_silence(&self, now: Instant) -> Duration {
        let silences = self.publishers.values().map(|publisher| now - publisher.last_heard);
        silences.max().unwrap_or_default()
    }

    /// The publisher, which has told everything up to `told`.
    fn publisher(&mut self, ticket: Ticket, told: u64, now: Instant) -> (&mut Publisher, bool) {
        let mut is_lost = false;
        if !self.publishers.contains_key(&ticket.publisher) {
            is_lost |= self.make_room();
            // What it told before it was first heard is not known here.
            is_lost |= told > 0;
        }
        let publisher = self.publishers.entry(ticket.publisher).or_insert_with(|| Publisher {
            next: told + 1,
            missing: BTreeMap::new(),
            last_heard: now,
            is_silent: false,
        });
        publisher.last_heard = now;
        publisher.is_silent = false;
        if told.saturating_sub(publisher.next) > WIDEST_GAP {
            publisher.missing.clear();
            is_lost = true;
        } else {
            for number in publisher.next..=told {
                publisher.missing.insert(number, now + self.patience);
            }
        }
        publisher.next = publisher.next.max(told.saturating_add(1));
        (publisher, is_lost)
    }

    fn make_room(&mut self) -> bool {
        let is_full = self.publishers.len() >= MAX_PUBLISHERS;
        if is_full {
            let longest = self.publishers.iter().min_by_key(|(_, publisher)| publisher.last_heard);
            if let Some(publisher) = longest.map(|(publisher, _)| *publisher) {
                self.publishers.remove(&publisher);
            }
        }
        is_full
    }
}
