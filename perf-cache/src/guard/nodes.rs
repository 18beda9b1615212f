use std::collections::HashMap;

use perf_core::recorder::RedisNode;
use perf_core::sync::{Arc, Mutex};
use perf_core::time::{self, Instant};

use super::Shared;
use crate::store::Node;

/// What the servers of the store told last.
#[derive(Debug, Default)]
pub(super) struct Nodes(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    nodes: Vec<RedisNode>,
    /// Keys that each run had evicted, and when it said so. Kept over an outage.
    evicted: HashMap<String, (u64, Instant)>,
}

/// Asks the servers of the store how they are. A store that fails here is not held to have failed: nobody
/// waits for the answer.
pub(super) async fn ask(shared: Arc<Shared>) {
    let nodes = shared.within_limit(shared.store.nodes()).await;
    // What is not told now is not known.
    shared.nodes.learn(nodes.unwrap_or_default(), time::now());
}

impl Nodes {
    fn learn(&self, nodes: Vec<Node>, now: Instant) {
        let mut told = self.0.lock();
        let mut evicted = HashMap::new();
        let with_rate = |Node { run, told: mut node }: Node| {
            if let Some((before, at)) = told.evicted.get(&run) {
                let minutes = (now - *at).as_secs_f64() / 60.0;
                let keys = node.evicted_keys.saturating_sub(*before) as f64;
                node.evicted_per_minute = (minutes > 0.0).then(|| keys / minutes);
            }
            evicted.insert(run, (node.evicted_keys, now));
            node
        };
        let nodes: Vec<RedisNode> = nodes.into_iter().map(with_rate).collect();
        told.nodes = nodes;
        if !evicted.is_empty() {
            told.evicted = evicted;
        }
    }

    pub(super) fn told(&self) -> Vec<RedisNode> {
        self.0.lock().nodes.clone()
    }
}

#[cfg(test)]
mod tests {
    use perf_core::time::Duration;

    use super::*;

    fn node(run: &str, evicted_keys: u64) -> Node {
        let mut told = RedisNode::default();
        told.evicted_keys = evicted_keys;
        Node { run: run.to_owned(), told }
    }

    fn rates(nodes: &Nodes) -> Vec<Option<f64>> {
        nodes.told().iter().map(|node| node.evicted_per_minute).collect()
    }

    #[test]
    fn evictions_are_counted_by_the_minute_from_one_look_to_the_next_and_for_each_run_alone() {
        let (nodes, start) = (Nodes::default(), time::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        nodes.learn(vec![node("a", 100), node("b", 5)], at(0));
        assert_eq!(rates(&nodes), [None, None], "one look tells no rate");
        nodes.learn(vec![node("b", 5), node("a", 400)], at(120));
        assert_eq!(rates(&nodes), [Some(0.0), Some(150.0)]);
        nodes.learn(vec![node("c", 3), node("a", 430)], at(150));
        assert_eq!(rates(&nodes), [None, Some(60.0)], "a run that is new counts from zero");
    }

    #[test]
    fn what_is_not_told_is_not_known_and_the_count_goes_on_after_it() {
        let (nodes, start) = (Nodes::default(), time::now());
        nodes.learn(vec![node("a", 100)], start);
        nodes.learn(Vec::new(), start + Duration::from_secs(60));
        assert_eq!(nodes.told(), []);
        nodes.learn(vec![node("a", 160)], start + Duration::from_secs(120));
        assert_eq!(rates(&nodes), [Some(30.0)]);
        nodes.learn(vec![node("a", 160)], start + Duration::from_secs(120));
        assert_eq!(rates(&nodes), [None], "no time has passed");
    }
}
