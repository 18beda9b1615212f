//! What a test can say of the plan of a statement: that an index finds its rows, that it reads few
//! of them, that it needs no disk.
//!
//! ```no_run
//! # async fn test(db: perf_db::Db) {
//! use perf_db::{assert_index_supported, assert_max_rows_scanned, assert_no_spill};
//!
//! let sql = "select id, total from orders where customer = $1 order by id";
//! assert_index_supported!(db, sql, &[&7_i64]);
//! assert_max_rows_scanned!(db, 100, sql, &[&7_i64]);
//! assert_no_spill!(db, sql, &[&7_i64]);
//! # }
//! ```
//!
//! They stand in an async test and await the server by themselves. `db` is whatever statements are
//! sent to: a [`Db`](crate::Db), a session, or the transaction in which the test has written its
//! rows. Each runs in a transaction or savepoint that is rolled back, as [`Explain`](super::Explain)
//! does.
//!
//! | macro | the same on each machine | needs |
//! |---|---|---|
//! | [`assert_index_supported!`](crate::assert_index_supported) | yes: the server is told to read no table from end to end | nothing, tables can be empty |
//! | [`assert_max_rows_scanned!`](crate::assert_max_rows_scanned) | as far as the plan is | rows |
//! | [`assert_no_spill!`](crate::assert_no_spill) | as far as the plan and `work_mem` are | rows |
//! | [`assert_no_seq_scan!`](crate::assert_no_seq_scan) | no: the planner chooses by statistics | [`ProductionStatistics`] |

mod broken;
mod check;
mod claim;
mod indexes;
mod macros;
mod rules;
mod statistics;

pub use self::broken::BrokenClaim;
#[doc(hidden)]
pub use self::check::Check;
pub use self::claim::{Checking, Claim};
pub use self::statistics::{Loaded, ProductionStatistics};
