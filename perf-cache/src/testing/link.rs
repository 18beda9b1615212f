//! How commands come to the store, and answers back.

use std::future;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{self, Instant};

use super::channel;
use super::server::Server;
use super::world::{Shared, Wire};
use super::{Cut, Seen, What};
use crate::fence::{TagId, Version};
use crate::store::{
    Base, Found, Generation, Heard, Lease, Reply, Store, StoreError, Sweep, TagState, Ticket,
    World as InForce,
};

/// Notices that wait for a listener.
const ROOM: usize = 1_024;

/// One node's way to the store.
pub(super) struct Link {
    shared: Arc<Shared>,
    node: usize,
}

/// What will become of a command, drawn when it is sent.
enum Fate {
    Refused,
    /// Done at once.
    Direct,
    Travels(Journey),
}

struct Journey {
    connection: u64,
    arrival: Instant,
    way_back: Duration,
    loses_answer: bool,
    /// By how much later it arrives if the caller gives up before it has; `None`: then it does not.
    haunts: Option<Duration>,
}

impl Link {
    pub(super) fn new(shared: Arc<Shared>, node: usize) -> Self {
        Self { shared, node }
    }

    fn command<'a, T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Server) -> T + Send + 'static,
    ) -> Reply<'a, T> {
        let (shared, node) = (self.shared.clone(), self.node);
        Box::pin(async move {
            let journey = match shared.send_off(node) {
                Fate::Refused => return Err(failed("the store cannot be reached")),
                Fate::Direct => return Ok(shared.execute(node, run)),
                Fate::Travels(journey) => journey,
            };
            let connection = journey.connection;
            let (answer, mut answered) = oneshot::channel();
            tokio::spawn(travel(shared.clone(), node, journey, run, answer));
            let is_broken =
                |wire: &Wire| wire.connection != connection || wire.cut == Some(Cut::Fails);
            let answer = tokio::select! {
                biased;
                answer = &mut answered => Some(answer),
                () = shared.until(node, is_broken) => None,
            };
            match answer {
                Some(Ok(answer)) => Ok(answer),
                // It was lost, which nobody is told.
                Some(Err(_)) => future::pending().await,
                None => Err(failed("the connection broke")),
            }
        })
    }
}

fn failed(reason: &str) -> StoreError {
    StoreError { reason: reason.to_owned() }
}

async fn travel<T>(
    shared: Arc<Shared>,
    node: usize,
    journey: Journey,
    run: impl FnOnce(&mut Server) -> T,
    mut answer: oneshot::Sender<T>,
) {
    let is_through = |wire: &Wire| wire.cut != Some(Cut::Hangs);
    let on_time = async {
        time::sleep_until(journey.arrival).await;
        shared.until(node, is_through).await;
    };
    let is_haunting = tokio::select! {
        biased;
        () = answer.closed() => true,
        () = on_time => false,
    };
    if is_haunting {
        let Some(delay) = journey.haunts else {
            return;
        };
        time::sleep(delay).await;
        shared.until(node, |wire| wire.cut.is_none()).await;
    }
    let value = shared.execute(node, run);
    if journey.loses_answer {
        // The caller waits for as long as it likes.
        return;
    }
    if !journey.way_back.is_zero() {
        time::sleep(journey.way_back).await;
    }
    shared.until(node, is_through).await;
    _ = answer.send(value);
}

impl Shared {
    fn send_off(&self, node: usize) -> Fate {
        let mut state = self.state.lock();
        let state = &mut *state;
        let faults = state.faults.clone();
        let Wire { cut, connection } = state.nodes[node].wire;
        if cut == Some(Cut::Fails) || state.chance(faults.failed) {
            return Fate::Refused;
        }
        let is_slow = state.chance(faults.slow);
        let way_there = state.draw(if is_slow { faults.slow_latency } else { faults.latency });
        let way_back = state.draw(faults.latency);
        let loses_answer = state.chance(faults.answers_lost);
        let haunts = state.chance(faults.zombies).then(|| state.draw(faults.zombie_delay));
        let now = Instant::now();
        let arrival = (now + way_there).max(state.nodes[node].last_arrival);
        state.nodes[node].last_arrival = arrival;
        if cut.is_none() && arrival <= now && way_back.is_zero() && !loses_answer {
            return Fate::Direct;
        }
        Fate::Travels(Journey { connection, arrival, way_back, loses_answer, haunts })
    }

    /// One step of the server, with all that is told in it.
    fn execute<T>(self: &Arc<Self>, node: usize, run: impl FnOnce(&mut Server) -> T) -> T {
        let micros = self.micros();
        let mut state = self.state.lock();
        let state = &mut *state;
        state.server.step(micros);
        if state.chance(state.faults.evictions) && state.server.evict_any(&mut state.random) {
            state.observe(Seen::Forgot);
        }
        let evicts_tag = state.chance(state.faults.tag_evictions);
        if evicts_tag && state.server.evict_any_tag(&mut state.random) {
            state.observe(Seen::Forgot);
        }
        let answer = run(&mut state.server);
        for notice in state.server.take_told() {
            if let Some(what) = What::of(&notice) {
                let node = state.nodes[node].name.clone();
                state.observe(Seen::Done { node, what });
            }
            if let Some(notice) = state.server.uttered(notice) {
                state.spread(self, &notice);
            }
        }
        answer
    }
}

impl Store for Link {
    fn read<'a>(&'a self, keys: &'a [&'a str]) -> Reply<'a, Vec<Found>> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        self.command(move |server| server.read(&keys))
    }

    fn read_head<'a>(&'a self, key: &'a str, length: usize) -> Reply<'a, Option<Vec<u8>>> {
        let key = key.to_owned();
        self.command(move |server| server.read_head(&key, length))
    }

    fn lease<'a>(&'a self, key: &'a str, keep: Duration) -> Reply<'a, Lease> {
        let (key, generation) = (key.to_owned(), Generation::new());
        self.command(move |server| server.lease(&key, generation, keep))
    }

    fn reopen<'a>(
        &'a self,
        key: &'a str,
        generation: Generation,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version> {
        let key = key.to_owned();
        self.command(move |server| server.reopen(&key, generation, keep, ticket))
    }

    fn publish<'a>(
        &'a self,
        key: &'a str,
        base: &'a Base,
        bytes: &'a [u8],
        keep: Duration,
    ) -> Reply<'a, bool> {
        let (key, base, bytes) = (key.to_owned(), base.clone(), bytes.to_vec());
        self.command(move |server| server.publish(&key, &base, &bytes, keep))
    }

    fn remove<'a>(&'a self, key: &'a str, ticket: Ticket) -> Reply<'a, ()> {
        let key = key.to_owned();
        self.command(move |server| server.remove(&key, ticket))
    }

    fn tags<'a>(&'a self, tags: &'a [TagId], keep: Duration) -> Reply<'a, Vec<TagState>> {
        let tags = tags.to_vec();
        self.command(move |server| server.tags(&tags, keep))
    }

    fn invalidate_tag<'a>(
        &'a self,
        tag: TagId,
        keep: Duration,
        ticket: Ticket,
    ) -> Reply<'a, Version> {
        self.command(move |server| server.invalidate_tag(tag, keep, ticket))
    }

    fn invalidate_all(&self, ticket: Ticket) -> Reply<'_, Version> {
        self.command(move |server| server.invalidate_all(ticket))
    }

    fn invalidate_matching<'a>(&'a self, pattern: &'a str, ticket: Ticket) -> Reply<'a, Version> {
        let pattern = pattern.to_owned();
        self.command(move |server| server.invalidate_matching(&pattern, ticket))
    }

    fn retire(&self, rule: Version) -> Reply<'_, ()> {
        self.command(move |server| server.retire(rule))
    }

    fn world(&self) -> Reply<'_, InForce> {
        self.command(Server::in_force)
    }

    fn sweep<'a>(&'a self, pattern: &'a str, from: Sweep, limit: usize) -> Reply<'a, Sweep> {
        let pattern = pattern.to_owned();
        self.command(move |server| server.sweep(&pattern, from, limit))
    }

    fn save_hottest<'a>(&'a self, list: &'a [u8], keep: Duration) -> Reply<'a, ()> {
        let list = list.to_vec();
        self.command(move |server| server.save_hottest(list, keep))
    }

    fn stored_hottest(&self, longest: usize) -> Reply<'_, Option<Vec<u8>>> {
        self.command(move |server| server.stored_hottest(longest))
    }

    fn beat(&self, ticket: Ticket, beat: u64) -> Reply<'_, ()> {
        self.command(move |server| server.beat(ticket, beat))
    }

    fn listen(self: Arc<Self>) -> mpsc::Receiver<Heard> {
        let (to, heard) = mpsc::channel(ROOM);
        tokio::spawn(channel::listen(self.shared.clone(), self.node, to));
        heard
    }

    fn reconnect(&self) {
        self.shared.state.lock().nodes[self.node].change(|wire| wire.connection += 1);
    }
}
