use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perf_cache::testing::Seen;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::database::Target;

/// What is kept under a key: the number that the database had, and which load or insert read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) number: u64,
    pub(crate) origin: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Get(String),
    Load(String),
    Insert(String),
    Invalidate(Target),
}

/// One thing that happened. Its place in the history is its name: a call, a load and an insert go by
/// the place where they began.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) at: Duration,
    pub(crate) node: String,
    pub(crate) what: Happening,
}

#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Began(Call),
    Ended {
        began: usize,
        value: Option<Value>,
        error: Option<String>,
    },
    /// It began and never gave an answer.
    Lost {
        began: usize,
    },
    LoadBegan(String),
    LoadEnded {
        began: usize,
    },
    Seen(Seen),
    /// A node is cut off, and so on.
    Note(#[expect(dead_code, reason = "it is shown with the history")] String),
    /// All is well again and has had time to settle; what the database has under each key.
    Settled(Vec<(String, u64)>),
}

/// What happened, in order. Cheap to clone.
#[derive(Clone)]
pub(crate) struct History {
    started: Instant,
    events: Arc<Mutex<Vec<Event>>>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), events: Arc::default() }
    }

    /// Adds an event and gives its place.
    pub(crate) fn add(&self, node: &str, what: Happening) -> usize {
        let at = self.started.elapsed();
        let mut events = self.events.lock().expect("no panic");
        events.push(Event { at, node: node.to_owned(), what });
        events.len() - 1
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().expect("no panic").clone()
    }

    /// The last events up to a place.
    pub(crate) fn tail(&self, to: usize, count: usize) -> String {
        let events = self.events();
        let mut text = String::new();
        for (place, event) in
            events.iter().enumerate().take(to + 1).skip((to + 1).saturating_sub(count))
        {
            writeln!(text, "{place:5} {event}").expect("text has room");
        }
        text
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9.3} {:>2} {:?}", self.at.as_secs_f64(), self.node, self.what)
    }
}
