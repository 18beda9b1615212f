use super::load::Written;
use super::shape::Shape;
use crate::error::DbError;

/// Where `COPY` overtakes one statement with an array for each column. Measured with four columns on
/// the bench's own machine: equal somewhere from 2,000 to 5,000 rows, then 1.4 to 1.8 times as
/// quick; others find 10,000 (pginsert-bench, Sourcegraph) with more round trips to pay for.
pub(super) const COPY_FROM_ROWS: u64 = 5_000;

/// The same through a temporary table, which writes each row twice: within 30 percent of each other
/// from 5,000 rows to 40,000, and ahead at 80,000. It is taken early for the sake of memory.
pub(super) const TEMPORARY_FROM_ROWS: u64 = 20_000;

/// What is done with the rows once they are at the server.
pub(super) trait Job: Sync {
    fn shape(&self) -> &Shape;

    /// Whether rows can go straight into the table; else many of them go through a temporary one.
    fn copies_directly(&self) -> bool;

    /// Whether a row without a value in a key column can be told apart from others.
    fn takes_null_keys(&self) -> bool {
        true
    }

    /// How many rows make `COPY` worth its round trips.
    fn copy_from_rows(&self) -> u64;

    /// Whether what was written is right; looked at before it lasts.
    fn check(&self, _: &Written) -> Result<(), DbError> {
        Ok(())
    }

    /// Whether there is anything to look at.
    fn is_checked(&self) -> bool {
        false
    }

    /// The statement over a source whose columns are `c0, c1, …, position`.
    fn sql(&self, source: &str, null_keys: bool) -> Result<String, DbError>;
}
