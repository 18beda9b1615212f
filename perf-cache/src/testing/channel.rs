//! How notices come to the nodes.

use perf_core::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{self, Instant};

use super::world::{Shared, State, Wire};
use super::{Cut, Seen, What};
use crate::store::{Heard, Notice};

/// Where one cache listens.
pub(super) struct Ear {
    /// Another one after each break.
    id: u64,
    to: mpsc::Sender<Heard>,
    last_arrival: Instant,
}

/// Keeps an ear open until nobody listens any more.
pub(super) async fn listen(shared: Arc<Shared>, node: usize, to: mpsc::Sender<Heard>) {
    loop {
        shared.until(node, |wire| wire.cut.is_none()).await;
        let (connected, wait) = {
            let mut state = shared.state.lock();
            let longest = state.faults.latency;
            (state.nodes[node].wire, state.draw(longest))
        };
        if !wait.is_zero() {
            time::sleep(wait).await;
        }
        if shared.state.lock().nodes[node].wire != connected {
            continue;
        }
        let id = shared.state.lock().open_ear(node, &to);
        if to.send(Heard::Opened).await.is_err() {
            return shared.state.lock().close_ear(node, id);
        }
        let is_broken =
            |wire: &Wire| wire.cut == Some(Cut::Fails) || wire.connection != connected.connection;
        tokio::select! {
            biased;
            () = to.closed() => return shared.state.lock().close_ear(node, id),
            () = shared.until(node, is_broken) => {}
        }
        shared.state.lock().close_ear(node, id);
        if to.send(Heard::Broken).await.is_err() {
            return;
        }
    }
}

impl State {
    fn open_ear(&mut self, node: usize, to: &mpsc::Sender<Heard>) -> u64 {
        let id = self.random.u64(..);
        self.nodes[node].ears.push(Ear { id, to: to.clone(), last_arrival: Instant::now() });
        id
    }

    fn close_ear(&mut self, node: usize, id: u64) {
        self.nodes[node].ears.retain(|ear| ear.id != id);
    }

    /// Sends a notice to all who listen, as far as the faults let it through.
    pub(super) fn spread(&mut self, shared: &Arc<Shared>, notice: &Notice) {
        for node in 0..self.nodes.len() {
            for ear in 0..self.nodes[node].ears.len() {
                if self.nodes[node].wire.cut.is_some() || self.chance(self.faults.notices_lost) {
                    continue;
                }
                self.send(shared, node, ear, notice);
                if self.chance(self.faults.notices_repeated) {
                    self.send(shared, node, ear, notice);
                }
            }
        }
    }

    fn send(&mut self, shared: &Arc<Shared>, node: usize, ear: usize, notice: &Notice) {
        let now = Instant::now();
        let latency = self.draw(self.faults.latency);
        let is_late = self.chance(self.faults.notices_delayed);
        let delay = if is_late { self.draw(self.faults.notice_delay) } else { latency };
        let ear = &mut self.nodes[node].ears[ear];
        let mut arrival = now + delay;
        if !is_late {
            arrival = arrival.max(ear.last_arrival);
            ear.last_arrival = arrival;
        }
        let (id, to) = (ear.id, ear.to.clone());
        // Whoever does not keep up is no longer told in order.
        if arrival <= now && to.try_send(Heard::Notice(notice.clone())).is_ok() {
            return self.heard(node, notice);
        }
        let (shared, notice) = (shared.clone(), notice.clone());
        tokio::spawn(async move {
            time::sleep_until(arrival).await;
            if shared.state.lock().is_open(node, id) {
                _ = to.send(Heard::Notice(notice.clone())).await;
                shared.state.lock().heard(node, &notice);
            }
        });
    }

    fn is_open(&self, node: usize, id: u64) -> bool {
        let node = &self.nodes[node];
        node.wire.cut.is_none() && node.ears.iter().any(|ear| ear.id == id)
    }

    fn heard(&mut self, node: usize, notice: &Notice) {
        if let Some(what) = What::of(notice) {
            let node = self.nodes[node].name.clone();
            self.observe(Seen::Heard { node, what });
        }
    }
}
