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

#[cfg(test)]
mod tests {
    use perf_core::Fingerprint;

    use super::*;

    fn statement(query_id: i64, calls: u64) -> ServerStatement {
        ServerStatement {
            fingerprint: Fingerprint::of("select 1"),
            text: None,
            query_id,
            user_oid: 10,
            is_top_level: true,
            calls,
            execution: Duration::from_secs(calls),
            planning: None,
            rows: calls,
            hit_bytes: calls,
            read_bytes: calls,
            temporary_bytes: calls,
            io: Duration::ZERO,
            jit: Duration::ZERO,
            since: None,
        }
    }

    fn statements(clock: f64, statements: Vec<ServerStatement>) -> Statements {
        let time = statements.iter().map(ServerStatement::time).sum();
        Statements { statements, time, clock, evicted: Some(3), ..Statements::default() }
    }

    fn calls(of: &Statements) -> Vec<(i64, u64)> {
        of.statements.iter().map(|statement| (statement.query_id, statement.calls)).collect()
    }

    #[test]
    fn the_dearest_of_the_time_between_come_first_and_idle_ones_are_left_out() {
        let earlier = statements(100.0, vec![statement(1, 900), statement(2, 10), statement(3, 5)]);
        let later = statements(
            160.0,
            vec![statement(1, 901), statement(2, 40), statement(3, 5), statement(4, 7)],
        );
        let between = later.since(&earlier);
        assert_eq!(calls(&between), [(2, 30), (4, 7), (1, 1)]);
        assert_eq!(between.time, Duration::from_secs(38));
        assert_eq!(between.observed, Some(Duration::from_secs(60)));
        assert_eq!(between.evicted, Some(0));
    }

    #[test]
    fn a_counter_that_became_smaller_counts_from_zero() {
        let earlier = statements(0.0, vec![statement(1, 900), statement(2, 10)]);
        let later = statements(10.0, vec![statement(1, 4), statement(2, 11)]);
        assert_eq!(calls(&later.since(&earlier)), [(1, 4), (2, 1)]);
        // The sum is smaller too, and what is listed is known.
        assert_eq!(later.since(&earlier).time, Duration::from_secs(5));
    }

    #[test]
    fn one_that_made_room_and_came_back_is_known_by_its_age() {
        let mut earlier = statements(50.0, vec![statement(1, 5)]);
        let mut later = statements(100.0, vec![statement(1, 8)]);
        earlier.statements[0].since = Some(10.0);
        later.statements[0].since = Some(10.0);
        assert_eq!(calls(&later.since(&earlier)), [(1, 3)]);
        later.statements[0].since = Some(70.0);
        assert_eq!(calls(&later.since(&earlier)), [(1, 8)]);
    }

    #[test]
    fn after_a_reset_of_all_everything_counts_from_zero() {
        let earlier = statements(50.0, vec![statement(1, 5)]);
        let mut later = statements(100.0, vec![statement(1, 8)]);
        (later.reset, later.observed) = (Some(80.0), Some(Duration::from_secs(20)));
        let between = later.since(&earlier);
        assert_eq!(calls(&between), [(1, 8)]);
        assert_eq!(between.observed, Some(Duration::from_secs(20)));
        assert_eq!(between.time, Duration::from_secs(8));
    }

    #[test]
    fn one_that_may_have_been_there_unlisted_is_left_out() {
        let mut earlier = statements(50.0, vec![statement(1, 5)]);
        earlier.left_off = 1;
        let mut later = statements(100.0, vec![statement(1, 6), statement(2, 8)]);
        assert_eq!(calls(&later.since(&earlier)), [(1, 1)]);
        later.statements[1].since = Some(60.0);
        later.statements[0].since = None;
        assert_eq!(calls(&later.since(&earlier)), [(2, 8), (1, 1)]);
    }

    #[test]
    fn snapshots_in_the_wrong_order_are_not_negative() {
        let earlier = statements(0.0, vec![statement(1, 2)]);
        let later = statements(10.0, vec![statement(1, 3)]);
        let between = earlier.since(&later);
        assert_eq!(between.observed, Some(Duration::ZERO));
        assert_eq!(calls(&between), [(1, 2)]);
    }
}
