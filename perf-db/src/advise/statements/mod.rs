//! What the server itself has counted of the statements it answered: `pg_stat_statements`.
//!
//! ```no_run
//! # async fn look(db: &perf_db::Db) -> Result<(), perf_db::DbError> {
//! use perf_db::advise::{Advisor, Order};
//!
//! let advisor = Advisor::of(db);
//! let before = advisor.statements().await?;
//! // … an hour later
//! let hour = advisor.statements().await?.since(&before);
//! for statement in hour.top(Order::Time, 10) {
//!     let share = 100.0 * hour.share(statement);
//!     println!("{share:.0} % {:?} {}", statement.mean(), statement.fingerprint);
//! }
//! let (workload, missing) = advisor.workload(&hour, 100).await?;
//! for sender in &workload.statements[0].senders {
//!     println!("{} {:.0} %", sender.call_site, 100.0 * sender.share);
//! }
//! for missing in hour.missing.iter().chain(&missing) {
//!     println!("{}: {}", missing.what, missing.why);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! PostgreSQL 13 to 18; which columns there are is asked, not guessed by the version. Only the
//! current database is looked at, and what the advisor has sent itself is left out.
//!
//! Caveats:
//! - With `pg_stat_statements.track = all` a statement that a function sends counts beside the one
//!   that called the function. From PostgreSQL 14 on the total holds it once.
//! - A statement that was evicted, because there were more than `pg_stat_statements.max`, begins
//!   again at zero when it comes back. PostgreSQL 17 tells since when it counts each; before that it
//!   shows only where a counter has become smaller.
//! - The text is that of whoever sent the statement first, with its comments.
#![doc = ""]
#![doc = include_str!("../../../docs/fingerprints.md")]

mod difference;
mod findings;
mod load;
mod questions;
mod reset;
mod snapshot;
mod source;

pub(crate) use self::findings::findings;
pub(crate) use self::snapshot::mean;
pub use self::snapshot::{Order, Planning, ServerStatement, Statements};
