//! What to change at a MySQL or MariaDB, by its own digests of the statements that it ran.
//!
//! ```no_run
//! # async fn run() -> Result<(), perf_db::DbError> {
//! use perf_db::advise::mysql::{DigestOrder, MysqlAdvisor};
//!
//! let mut advisor = MysqlAdvisor::connect("mysql://doctor@127.0.0.1/shop").await?;
//! let report = advisor.look().await?;
//! for finding in &report.findings {
//!     println!("{}: {}", finding.subject, finding.remedy.advice);
//! }
//! for digest in report.top(DigestOrder::RowsExamined, 10) {
//!     println!("{} rows for {}", digest.rows_examined, digest.fingerprint.text());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The rules are made for MySQL 8 and MariaDB 10.6 and later, and tested on MariaDB 10.11. The
//! server counts since its start, or since somebody emptied its tables; on a MariaDB the performance
//! schema is off by default. Call sites are not known here, and no plan is looked at.

mod advisor;
mod cause;
mod digest;
mod index;
mod indexes;
mod question;
mod report;
mod rules;
mod scope;
mod server;
mod settings;
mod usage;

pub use self::advisor::MysqlAdvisor;
pub(crate) use self::cause::MysqlCause;
pub use self::digest::{Digest, DigestOrder};
pub use self::report::MysqlReport;
pub use self::server::{MysqlServer, Vendor};
