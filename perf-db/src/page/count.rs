use std::fmt;

use perf_core::CallSite;
use tokio_postgres::types::ToSql;

use super::named;
use super::value::RawValue;
use crate::error::DbError;
use crate::executor::Executor;
use crate::statement::{AtMostOne, Call};

/// How the rows of all pages of an [`Offset`](super::Offset) are counted.
///
/// A page that shows the end tells the total by itself: nothing is counted then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// All of them, which takes as long as reading them all.
    #[default]
    Exact,
    /// By the planner (`explain`), at once. As good as the statistics: `analyze` keeps them so, and a
    /// table that was never analyzed is estimated by its size. For conditions on several columns it
    /// can be far off.
    Estimated,
    /// Up to so many, and not beyond: "more than 1,000".
    UpTo(u64),
    /// Not at all.
    Never,
}

/// How many rows there are on all pages; its text is for people: `more than 1,000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Total {
    /// As many.
    Exact(u64),
    /// About as many.
    Estimated(u64),
    /// More than that.
    MoreThan(u64),
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, rows) = match self {
            Self::Exact(rows) => ("", rows),
            Self::Estimated(rows) => ("about ", rows),
            Self::MoreThan(rows) => ("more than ", rows),
        };
        f.write_str(before)?;
        let digits = rows.to_string();
        for (place, digit) in digits.char_indices() {
            if place > 0 && (digits.len() - place) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl Count {
    /// Counts the rows of the `select`, of which `seen` at least are known to be there.
    pub(super) async fn of(
        self,
        executor: &impl Executor,
        select: &str,
        parameters: &[&(dyn ToSql + Sync)],
        call_site: CallSite,
        seen: u64,
    ) -> Result<Option<Total>, DbError> {
        let page = named(select);
        let sql = match self {
            Self::Never => return Ok(None),
            Self::UpTo(most) if seen > most => return Ok(Some(Total::MoreThan(most))),
            Self::Exact => format!("{page}select count(*) from page"),
            Self::Estimated => format!("explain (format json) {select}"),
            Self::UpTo(most) => {
                let limit = most.saturating_add(1).min(i64::MAX as u64);
                format!("{page}select count(*) from (select from page limit {limit}) as counted")
            }
        };
        let call = Call::at(sql, parameters, call_site);
        let row = call.one(executor.dispatch::<AtMostOne>(&call).await?)?;
        if self == Self::Estimated {
            let plan: RawValue<'_> = row.try_get(0)?;
            let rows = plan.bytes.and_then(planned_rows).unwrap_or(0);
            return Ok(Some(Total::Estimated(rows.max(seen))));
        }
        let rows: i64 = row.try_get(0)?;
        let rows = u64::try_from(rows).unwrap_or(0).max(seen);
        Ok(Some(match self {
            Self::UpTo(most) if rows > most => Total::MoreThan(most),
            _ => Total::Exact(rows),
        }))
    }
}

/// The rows that the plan as a whole returns: those of its top node, which is named first.
fn planned_rows(plan: &[u8]) -> Option<u64> {
    let plan = std::str::from_utf8(plan).ok()?;
    let (_, rest) = plan.split_once("\"Plan Rows\":")?;
    let rest = rest.trim_start();
    rest[..rest.find(|digit: char| !digit.is_ascii_digit())?].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_reads_as_people_write_it() {
        assert_eq!(Total::MoreThan(1_000).to_string(), "more than 1,000");
        assert_eq!(Total::Estimated(1_234_567).to_string(), "about 1,234,567");
        assert_eq!(Total::Exact(999).to_string(), "999");
    }

    #[test]
    fn the_rows_of_a_plan_are_those_of_its_top_node() {
        let plan = br#"[{"Plan": {"Plan Rows": 42, "Plans": [{"Plan Rows": 7}]}}]"#;
        assert_eq!(planned_rows(plan), Some(42));
        assert_eq!(planned_rows(b"[]"), None);
    }
}
