use std::fmt;
use std::pin::pin;

use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Duration};
use tokio::runtime::Builder;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::channel::Ear;
use super::link::Link;
use super::server::Server;
use super::{Cut, Faults, Seen};
use crate::CacheBuilder;
use crate::fence::TagId;

/// A store in memory and the nodes that share it. Cheap to clone: all clones are one world.
///
/// Nodes go by names of the test's choice; each name is a node from when it is first used.
#[derive(Clone)]
pub struct World {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    started: Instant,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) server: Server,
    pub(super) random: fastrand::Rng,
    pub(super) faults: Faults,
    pub(super) nodes: Vec<Node>,
    pub(super) observer: Option<Box<dyn FnMut(Seen) + Send>>,
}

pub(super) struct Node {
    pub(super) name: String,
    pub(super) wire: Wire,
    /// Wakes those who wait for another wire, in the order in which they came.
    changed: Arc<Notify>,
    /// When its last command arrives: commands of one connection do not overtake each other.
    pub(super) last_arrival: Instant,
    pub(super) ears: Vec<Ear>,
}

/// How a node is connected to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) cut: Option<Cut>,
    /// Which connection it is by now.
    pub(super) connection: u64,
}

/// What a store could do wrong, to see that somebody finds it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    PublishIgnoresBase,
    NoticesNotTold,
}

/// Runs a test with a world of its own, on a runtime of one thread whose clock is paused and moves on
/// when every task sleeps. The clock of the caches follows it, and so does everything that is random.
///
/// # Panics
/// Within another Tokio runtime, and where the test does.
pub fn run<F: Future>(seed: u64, test: impl FnOnce(World) -> F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.expect("the system has room for a runtime");
    fastrand::seed(seed);
    runtime.block_on(async {
        let started = Instant::now();
        let _following = time::testing::follow(move || started.elapsed());
        test(World::seeded(seed)).await
    })
}

impl World {
    /// A world in which nothing goes wrong yet. What does later is drawn from the seed.
    pub fn seeded(seed: u64) -> Self {
        let state = State {
            server: Server::default(),
            random: fastrand::Rng::with_seed(seed),
            faults: Faults::default(),
            nodes: Vec::new(),
            observer: None,
        };
        Self { shared: Arc::new(Shared { started: Instant::now(), state: Mutex::new(state) }) }
    }

    /// A cache that shares this world's store, on the node of this name. Built twice, it is a node
    /// with two processes: they are cut off together.
    pub fn node(&self, name: &str) -> CacheBuilder {
        crate::Cache::builder().name(name).store(self.link(name))
    }

    pub(super) fn link(&self, name: &str) -> Arc<Link> {
        let node = self.shared.state.lock().node(name);
        Arc::new(Link::new(self.shared.clone(), node))
    }

    /// Makes things go wrong from now on, in place of what went wrong so far.
    pub fn faults(&self, faults: Faults) {
        self.shared.state.lock().faults = faults;
    }

    /// Cuts a node off from the store.
    pub fn cut(&self, name: &str, cut: Cut) {
        let mut state = self.shared.state.lock();
        let node = state.node(name);
        state.nodes[node].change(|wire| wire.cut = Some(cut));
    }

    /// Ends what [`cut`](Self::cut) began.
    pub fn heal(&self, name: &str) {
        let mut state = self.shared.state.lock();
        let node = state.node(name);
        state.nodes[node].change(|wire| wire.cut = None);
    }

    /// Cuts all nodes off that there are.
    pub fn cut_all(&self, cut: Cut) {
        let mut state = self.shared.state.lock();
        state.nodes.iter_mut().for_each(|node| node.change(|wire| wire.cut = Some(cut)));
    }

    /// Ends every cut.
    pub fn heal_all(&self) {
        let mut state = self.shared.state.lock();
        state.nodes.iter_mut().for_each(|node| node.change(|wire| wire.cut = None));
    }

    /// Restarts the store without what it held. All connections break.
    pub fn forget(&self) {
        let mut state = self.shared.state.lock();
        state.server.step(self.shared.micros()).forget();
        state.observe(Seen::Forgot);
        state.nodes.iter_mut().for_each(|node| node.change(|wire| wire.connection += 1));
    }

    /// Evicts a key from the store; whether it was there.
    pub fn evict(&self, key: &str) -> bool {
        self.shared.state.lock().server.evict_value(key)
    }

    /// Makes the store forget when a tag was invalidated; whether it knew.
    pub fn evict_tag(&self, tag: &str) -> bool {
        self.shared.state.lock().server.evict_tag(TagId::of(tag))
    }

    /// Tells somebody of everything that is done and heard. It must not ask the world for anything.
    #[doc(hidden)]
    pub fn observe(&self, observer: impl FnMut(Seen) + Send + 'static) {
        self.shared.state.lock().observer = Some(Box::new(observer));
    }

    /// Makes the store do something wrong from now on.
    #[doc(hidden)]
    pub fn plant(&self, defect: Defect) {
        self.shared.state.lock().server.plant(defect);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state.lock();
        f.debug_struct("World")
            .field("faults", &state.faults)
            .field("server", &state.server)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// The world's clock, as Redis tells the time.
    pub(super) fn micros(&self) -> u64 {
        let since = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        (time::testing::UNIX_MILLIS * 1_000).saturating_add(since)
    }

    /// Waits until a node's wire is as asked.
    pub(super) async fn until(&self, node: usize, is_so: impl Fn(&Wire) -> bool) {
        let changed = self.state.lock().nodes[node].changed.clone();
        loop {
            let mut next = pin!(changed.notified());
            // Before the look, so that a change between the two is not missed.
            next.as_mut().enable();
            if is_so(&self.state.lock().nodes[node].wire) {
                return;
            }
            next.await;
        }
    }
}

impl Node {
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Wire)) {
        change(&mut self.wire);
        self.changed.notify_waiters();
    }
}

impl State {
    fn node(&mut self, name: &str) -> usize {
        if let Some(place) = self.nodes.iter().position(|node| node.name == name) {
            return place;
        }
        self.nodes.push(Node {
            name: name.to_owned(),
            wire: Wire::default(),
            changed: Arc::default(),
            last_arrival: Instant::now(),
            ears: Vec::new(),
        });
        self.nodes.len() - 1
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.f64() < share
    }

    /// Whole milliseconds, which is how fine Tokio's timers are.
    pub(super) fn draw(&mut self, longest: Duration) -> Duration {
        match u64::try_from(longest.as_millis()).unwrap_or(u64::MAX) {
            0 => Duration::ZERO,
            longest => Duration::from_millis(self.random.u64(0..=longest)),
        }
    }

    pub(super) fn observe(&mut self, seen: Seen) {
        if let Some(observer) = &mut self.observer {
            observer(seen);
        }
    }
}
