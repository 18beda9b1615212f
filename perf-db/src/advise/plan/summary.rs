use perf_core::time::Duration;

use super::buffers::Buffers;

/// What the server says of a whole statement.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Time to plan it.
    pub planning_time: Option<Duration>,
    /// Pages that the planner asked for.
    pub planning_buffers: Option<Box<Buffers>>,
    /// Time to run it, with triggers; `None` without `analyze`.
    pub execution_time: Option<Duration>,
    /// Its compilation to machine code, where there was one.
    pub jit: Option<Jit>,
    /// Triggers that were called.
    pub triggers: Vec<Trigger>,
    /// Settings that are not the server's defaults, with `settings`.
    pub settings: Vec<(String, String)>,
    /// Whether it was asked for settings, so that those that are not listed are the defaults.
    pub(super) tells_settings: bool,
    /// The server's own number for the statement.
    pub query_id: Option<i64>,
    /// Time to write rows in their outer form, with `serialize` (from PostgreSQL 17 on).
    pub serialization_time: Option<Duration>,
}

impl Summary {
    /// A setting that is not the server's default.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }
}

/// Compilation to machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Jit {
    /// Functions compiled.
    pub functions: u64,
    /// Time of all; `None` without `timing`.
    pub time: Option<Duration>,
    /// Of that, time for inlining.
    pub inlining: Option<Duration>,
    /// Of that, time for optimisation.
    pub optimization: Option<Duration>,
}

/// A trigger, or a constraint that is checked by one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// The constraint that it checks, for those that the server made itself.
    pub constraint: Option<String>,
    /// The table that it is on.
    pub relation: Option<String>,
    /// Time of all calls; `None` without `timing`.
    pub time: Option<Duration>,
    /// How often it was called.
    pub calls: f64,
}
