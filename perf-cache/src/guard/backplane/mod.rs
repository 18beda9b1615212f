//! What other processes tell, and whether all of it was heard.
//!
//! The bound: this process sends a beat every quarter of the staleness bound. Once it has come back,
//! the process believes for the length of the bound, counted from when it was *sent*, that it has heard
//! of everything. The channel keeps the order of the server, so whatever was told before the beat was
//! heard before it. Nothing that was told later than *sent* is older than the bound when the belief
//! ends. A notice that is lost on the way while the channel stands is missed by its number: at the
//! latest with the next beat of its publisher (a quarter) and after the patience with disorder (a
//! quarter).
//!
//! While nothing comes back, what was kept is suspect again every half of the bound, and what is loaded
//! in between is used for that long.

mod hearing;
mod reception;

use std::collections::VecDeque;

use perf_core::sync::{Arc, Ordering};
use perf_core::time::{self, Duration};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use self::hearing::Hearing;
pub(super) use self::reception::Reception;
use super::{Home, Shared, nodes};
use crate::BuildError;
use crate::fence::TagVersion;
use crate::store::{Change, Heard, Notice, Ticket};

/// How long a new cache waits to hear itself.
const FIRST_BEAT: Duration = Duration::from_secs(2);

/// How often it is asked which rules still matter, and how the servers are.
const ASK_STORE: Duration = Duration::from_secs(60);

struct Backplane {
    shared: Arc<Shared>,
    hearing: Hearing,
    /// Beats that have not come back, oldest first.
    sent: VecDeque<(u64, time::Instant)>,
    beats: u64,
    /// When a beat last came back, or what was kept was last made suspect.
    settled: Instant,
    asked_store: Instant,
    first_beat: Option<oneshot::Sender<()>>,
}

/// Listens from now on; returns when this process has heard itself.
pub(super) async fn start(shared: Arc<Shared>) -> Result<(), BuildError> {
    let (sender, heard) = oneshot::channel();
    let backplane = Backplane {
        hearing: Hearing::new(shared.settings.staleness_bound / 4),
        sent: VecDeque::new(),
        beats: 0,
        settled: Instant::now(),
        asked_store: Instant::now(),
        first_beat: Some(sender),
        shared: shared.clone(),
    };
    let notices = shared.store.clone().listen();
    tokio::spawn(backplane.run(notices));
    match tokio::time::timeout(FIRST_BEAT, heard).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(BuildError::Backplane),
    }
}

impl Backplane {
    async fn run(mut self, mut notices: mpsc::Receiver<Heard>) {
        let mut tick = tokio::time::interval(self.bound() / 4);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let heard = tokio::select! {
                // The rarer one first: it must not wait for a channel that is never empty.
                biased;
                _ = tick.tick() => None,
                heard = notices.recv() => heard,
            };
            let Some(home) = self.shared.home() else {
                return;
            };
            match heard {
                Some(heard) => self.hear(&home, heard),
                None => self.tick(&home),
            }
        }
    }

    fn bound(&self) -> Duration {
        self.shared.settings.staleness_bound
    }

    fn hear(&mut self, home: &Arc<dyn Home>, heard: Heard) {
        match heard {
            Heard::Notice(notice) => self.take(home, notice),
            Heard::Touched(key) => home.key_changed(&key),
            Heard::Opened => {
                home.ledger().missed_something();
                self.sent.clear();
                self.ask_store(home);
                self.beat();
            }
            Heard::Broken => self.sent.clear(),
        }
    }

    fn take(&mut self, home: &Arc<dyn Home>, Notice { ticket, change }: Notice) {
        let (now, is_ours) = (Instant::now(), ticket.publisher == self.shared.publisher);
        let is_lost = match change {
            _ if is_ours => false,
            Change::Beat(_) => self.hearing.beat(ticket, now),
            _ => self.hearing.change(ticket, now),
        };
        let ledger = home.ledger();
        if is_lost {
            ledger.missed_something();
        }
        match change {
            Change::Beat(beat) if is_ours => self.came_back(home, beat),
            Change::Key(key) if !is_ours => home.key_changed(&key),
            Change::Beat(_) | Change::Key(_) => {}
            Change::Tag(tag, version) => ledger.tag_changed(TagVersion { tag, version }),
            Change::All(version) => ledger.all_changed(version),
            Change::Rule(rule) => {
                ledger.rule_added(rule);
                home.clone().rule_added();
            }
        }
    }

    /// Everything that was told before this beat was sent has been heard.
    fn came_back(&mut self, home: &Arc<dyn Home>, beat: u64) {
        while let Some((number, sent)) = self.sent.pop_front() {
            if number == beat {
                home.ledger().trust_until(sent + self.bound());
                let next = self.sent.front().map(|(_, sent)| *sent);
                self.shared.reception.came_back(sent, next);
                self.settled = Instant::now();
                if let Some(first) = self.first_beat.take() {
                    // Nobody waits any more when the cache was given up.
                    _ = first.send(());
                }
                return;
            }
            if number > beat {
                self.sent.push_front((number, sent));
                return;
            }
        }
    }

    fn tick(&mut self, home: &Arc<dyn Home>) {
        let (now, bound) = (Instant::now(), self.bound());
        if self.hearing.is_overdue(now, 10 * bound) {
            home.ledger().missed_something();
        }
        self.shared.reception.others(self.hearing.len(), self.hearing.longest_silence(now));
        if now - self.settled >= bound / 2 {
            home.ledger().missed_something();
            home.ledger().trust_until(time::now() + bound / 2);
            self.settled = now;
        }
        if now - self.asked_store >= ASK_STORE {
            self.ask_store(home);
        }
        self.beat();
    }

    fn beat(&mut self) {
        self.beats += 1;
        if self.sent.len() >= 8 {
            self.sent.pop_front();
        }
        let now = time::now();
        self.sent.push_back((self.beats, now));
        self.shared.reception.sent(now);
        let (shared, beat) = (self.shared.clone(), self.beats);
        tokio::spawn(async move {
            let number = shared.told.load(Ordering::Relaxed);
            let ticket = Ticket { publisher: shared.publisher, number };
            // One that fails does not come back, which is what counts.
            _ = shared.within_limit(shared.store.beat(ticket, beat)).await;
        });
    }

    fn ask_store(&mut self, home: &Arc<dyn Home>) {
        self.asked_store = Instant::now();
        tokio::spawn(nodes::ask(self.shared.clone()));
        self.learn_world(home);
    }

    fn learn_world(&self, home: &Arc<dyn Home>) {
        let (shared, asked) = (self.shared.clone(), home.ledger().epoch());
        tokio::spawn(async move {
            let world = shared.within_limit(shared.store.world()).await;
            if let (Ok(world), Some(home)) = (world, shared.home()) {
                home.ledger().learn_world(world, asked);
                home.rule_added();
            }
        });
    }
}
