//! What one scope did, for the message of an assertion.

use std::fmt;

use super::columns::Columns;
use super::text::{place, shortened};
use super::{MAX_ROWS, PLACE_WIDTH};
use crate::scope::{NameKind, Work};
use crate::units::duration;

/// Characters of a statement.
const STATEMENT_WIDTH: usize = 70;

/// The counters, then the statements by call site, and caches, pools and calls by name.
impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} queries ({} reads, {} writes) with {} rows in {}",
            self.queries(),
            self.reads(),
            self.writes(),
            self.rows(),
            duration(self.query_time())
        )?;
        writeln!(f, "; elapsed {}", duration(self.elapsed()))?;
        let [pool, calls] = [self.pool_time(), self.call_time()].map(duration);
        let others = [
            (!self.pool_time().is_zero(), format!("{pool} waiting for connections")),
            (self.cache_hits() > 0, format!("{} cache hits", self.cache_hits())),
            (self.cache_loads() > 0, format!("{} cache loads", self.cache_loads())),
            (self.calls() > 0, format!("{} calls in {calls}", self.calls())),
        ];
        let others: Vec<String> =
            others.into_iter().filter_map(|(is, what)| is.then_some(what)).collect();
        if !others.is_empty() {
            writeln!(f, "{}", others.join(", "))?;
        }
        let groups = self.query_groups().len() + self.name_groups().len();
        table(self).left_out(groups.saturating_sub(MAX_ROWS)).write_rows(f)
    }
}

fn table(work: &Work) -> Columns {
    let mut columns = Columns::new([], ["times", "time"]).texts(["what", "call site"]);
    let statements = work.query_groups().iter().map(|group| {
        let statement = shortened(group.fingerprint().text(), STATEMENT_WIDTH);
        (group.count(), group.time(), statement, group.call_site())
    });
    let named = work.name_groups().iter().map(|group| {
        let kind = match group.kind() {
            NameKind::Cache => "cache",
            NameKind::Pool => "pool",
            NameKind::Call => "call",
        };
        (
            group.count(),
            group.time(),
            format!("{kind} {}", group.name().as_str()),
            group.call_site(),
        )
    });
    for (count, time, what, call_site) in statements.chain(named).take(MAX_ROWS) {
        columns.row([count.to_string(), duration(time), what, place(call_site, PLACE_WIDTH)]);
    }
    columns
}
