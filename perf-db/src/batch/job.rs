use super::load::Written;
use super::shape::Shape;
use crate::error::DbError;

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
