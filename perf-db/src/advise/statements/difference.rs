use std::cmp::Reverse;
use std::collections::HashMap;

use perf_core::time::Duration;

use super::snapshot::{Planning, ServerStatement, Statements};

/// What the server tells one counter by.
type Key = (i64, u32, bool);

impl Statements {
    /// What was counted after `earlier` was taken of the same database.
    ///
    /// Nothing in it is negative: a statement that was not there, was reset or made room and came
    /// back between the two counts from zero. One of which it is not known whether it was there, since
    /// not all were listed, is left out.
    pub fn since(&self, earlier: &Self) -> Self {
        let were: HashMap<Key, &ServerStatement> =
            earlier.statements.iter().map(|statement| (statement.key(), statement)).collect();
        let was_reset = self.reset != earlier.reset;
        // Of those that were not listed some were there all the same.
        let is_new = |now: &ServerStatement| {
            was_reset
                || earlier.left_off == 0
                || now.since.is_some_and(|since| since >= earlier.clock)
        };
        let mut statements: Vec<ServerStatement> = self
            .statements
            .iter()
            .filter_map(|now| match were.get(&now.key()) {
                Some(was) if !was_reset && now.goes_on_from(was) => Some(now.less(was)),
                Some(_) => Some(now.clone()),
                None => is_new(now).then(|| now.clone()),
            })
            .filter(|statement| statement.calls > 0 || !statement.time().is_zero())
            .collect();
        statements.sort_by_key(|statement| Reverse(statement.time()));
        let listed = statements.iter().filter(|statement| statement.is_top_level);
        let listed: Duration = listed.map(ServerStatement::time).sum();
        // Of those that are not listed only the sum is known, which is smaller after a reset.
        let all = match was_reset {
            true => self.time,
            false => self.time.saturating_sub(earlier.time),
        };
        let evicted = match was_reset {
            true => self.evicted,
            false => self.evicted.zip(earlier.evicted).map(|(now, was)| now.saturating_sub(was)),
        };
        let between = Duration::try_from_secs_f64(self.clock - earlier.clock).unwrap_or_default();
        let observed = match self.observed {
            Some(observed) if was_reset => between.min(observed),
            _ => between,
        };
        Self {
            statements,
            time: all.max(listed),
            observed: Some(observed),
            evicted,
            ..self.clone()
        }
    }
}

impl ServerStatement {
    fn key(&self) -> Key {
        (self.query_id, self.user_oid, self.is_top_level)
    }

    /// Whether the same counter has only grown.
    fn goes_on_from(&self, was: &Self) -> bool {
        self.since == was.since
            && self.calls >= was.calls
            && self.rows >= was.rows
            && self.execution >= was.execution
            && self.read_bytes >= was.read_bytes
            && self.hit_bytes >= was.hit_bytes
            && self.temporary_bytes >= was.temporary_bytes
    }

    fn less(&self, was: &Self) -> Self {
        let planning = self.planning.map(|now| {
            let was = was.planning.unwrap_or_default();
            let plans = now.plans.saturating_sub(was.plans);
            Planning { plans, time: now.time.saturating_sub(was.time) }
        });
        Self {
            calls: self.calls - was.calls,
            execution: self.execution - was.execution,
            planning,
            rows: self.rows - was.rows,
            hit_bytes: self.hit_bytes - was.hit_bytes,
            read_bytes: self.read_bytes - was.read_bytes,
            temporary_bytes: self.temporary_bytes - was.temporary_bytes,
            io: self.io.saturating_sub(was.io),
            jit: self.jit.saturating_sub(was.jit),
            ..self.clone()
        }
    }
}
