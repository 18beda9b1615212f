//! The statistics of a production server, for the planner of a test database.

mod export;
mod load;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::load::Loaded;
use crate::error::{DbError, Reason};

/// What the planner of one server knows of its tables, to be given to another: how many rows they
/// have and how their values are spread.
///
/// Written down once, where production can be reached:
///
/// ```no_run
/// # async fn export(db: &perf_db::Db) -> Result<(), Box<dyn std::error::Error>> {
/// use perf_db::advise::assert::ProductionStatistics;
///
/// let statistics = ProductionStatistics::export(db).await?;
/// std::fs::write("tests/statistics.json", statistics.to_json())?;
/// # Ok(())
/// # }
/// ```
///
/// and given to the database of a test:
///
/// ```no_run
/// # async fn test(db: &perf_db::Db) -> Result<(), Box<dyn std::error::Error>> {
/// # use perf_db::advise::assert::ProductionStatistics;
/// let statistics = std::fs::read_to_string("tests/statistics.json")?;
/// let loaded = ProductionStatistics::from_json(&statistics)?.load(db).await?;
/// assert!(loaded.missing.is_empty(), "{:?}", loaded.missing);
/// # Ok(())
/// # }
/// ```
///
/// What it cannot tell the planner:
///
/// - **Pages.** PostgreSQL takes the size of a table in pages from its file, whatever the statistics
///   say, and reads nothing from an empty one: each table needs a row. Rows are as many as in
///   production then, but lie on few pages, so that reading here and there costs the planner little: it
///   decides as in production where few rows are found, and takes an index too readily where many
///   are. The more rows the test has, the nearer it comes.
/// - **Statistics of several columns** (`create statistics`), of elements of arrays and of ranges.
/// - **Values**, unless asked for by [`export_with_values`](Self::export_with_values): a value that
///   half of all rows have is expected as seldom as the others.
///
/// The next `analyze` of the test database, which autovacuum too begins after some changes, puts the
/// test's own statistics in their place.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProductionStatistics {
    /// Of the form of the text, for later versions of this crate.
    format: u32,
    /// Tables, materialized views and indexes.
    relations: Vec<Relation>,
}

const FORMAT: u32 = 1;

#[derive(Clone, Serialize, Deserialize)]
struct Relation {
    schema: String,
    name: String,
    rows: f64,
    pages: i32,
    all_visible: i32,
    columns: Vec<Column>,
}

/// The fields have the names that the statements in [`load`] read them by.
#[derive(Clone, Serialize, Deserialize)]
struct Column {
    name: String,
    inherited: bool,
    null_share: f32,
    width: i32,
    distinct: f32,
    correlation: Option<f32>,
    /// As an array of PostgreSQL's: `{one,two}`. With values of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    common_values: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    common_shares: Option<Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    histogram: Option<String>,
}

impl Column {
    fn without_values(&self) -> Self {
        let (common_values, common_shares, histogram) = (None, None, None);
        Self { common_values, common_shares, histogram, ..self.clone() }
    }
}

impl ProductionStatistics {
    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is something else.
    pub fn from_json(json: &str) -> Result<Self, DbError> {
        match serde_json::from_str(json) {
            Ok(statistics @ Self { format: FORMAT, .. }) => Ok(statistics),
            _ => {
                let sentence = "the text is not that of ProductionStatistics::to_json of this \
                                version: export the statistics again";
                Err(Reason::Statistics { sentence }.into())
            }
        }
    }

    /// As a text to keep beside the tests.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many tables and materialized views, with their indexes.
    pub fn relations(&self) -> usize {
        self.relations.len()
    }
}

/// Without the values that it may hold.
impl fmt::Debug for ProductionStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProductionStatistics")
            .field("relations", &self.relations.len())
            .finish_non_exhaustive()
    }
}
