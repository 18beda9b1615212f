//! The store in memory: what every store promises, and what it is made to do wrong.

mod contract;
mod faults;

use perf_core::sync::Arc;
use perf_core::time::Duration;
use tokio::sync::mpsc;
use tokio::time;

use super::link::Link;
use super::{World, run};
use crate::fence::{TagId, Version};
use crate::store::{Base, Change, Found, Generation, Heard, Lease, Store, Ticket};

const KEEP: Duration = Duration::from_secs(60);
const TEA: TagId = TagId(7);

fn ticket(number: u64) -> Ticket {
    Ticket { publisher: 1, number }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Runs a test on the stores of two nodes.
fn with<F: Future>(test: impl FnOnce(World, Arc<Link>, Arc<Link>) -> F) {
    run(1, |world| {
        let (a, b) = (world.link("a"), world.link("b"));
        let testing = test(world, a, b);
        async move { _ = testing.await }
    });
}

async fn found(store: &Link, key: &str) -> Found {
    store.read(&[key]).await.expect("it answers").remove(0)
}

async fn lease(store: &Link, key: &str) -> (Generation, bool, Version) {
    match store.lease(key, KEEP).await.expect("it answers") {
        Lease::Load { generation, first, now } => (generation, first, now),
        Lease::Value(_) => panic!("there is no value"),
    }
}

async fn publish(store: &Link, key: &str, base: Base, bytes: &[u8]) -> bool {
    store.publish(key, &base, bytes, KEEP).await.expect("it answers")
}

/// Everything heard so far.
async fn heard(ear: &mut mpsc::Receiver<Heard>) -> Vec<Heard> {
    time::sleep(ms(1)).await;
    let mut list = Vec::new();
    while let Ok(heard) = ear.try_recv() {
        list.push(heard);
    }
    list
}

fn changes(heard: &[Heard]) -> Vec<Change> {
    let change = |heard: &Heard| match heard {
        Heard::Notice(notice) => Some(notice.change.clone()),
        _ => None,
    };
    heard.iter().filter_map(change).collect()
}
