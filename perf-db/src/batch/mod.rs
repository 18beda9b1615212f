//! Many rows at once: inserted, updated or deleted by their keys, all of them or none.
//!
//! ```no_run
//! # async fn start(db: perf_db::Db) -> Result<(), perf_db::DbError> {
//! use perf_db::batch::{DeleteMany, InsertMany, UpdateMany};
//!
//! let products = InsertMany::into("product", ["id", "name"]);
//! let written = products.run(&db, (0..200_000_i64).map(|n| (n, format!("product {n}")))).await?;
//! assert_eq!(written.inserted, 200_000);
//!
//! let upsert = products.on_conflict(["id"]).do_update(["name"]);
//! let written = upsert.run(&db, [(7_i64, "tea"), (200_001, "coffee"), (7, "green tea")]).await?;
//! assert_eq!((written.inserted, written.updated, written.duplicates), (1, 1, 1));
//!
//! UpdateMany::of("product", ["id"], ["name"]).run(&db, [(7_i64, "black tea")]).await?;
//! DeleteMany::from("product", ["id"]).run(&db, [(7_i64,), (8,)]).await?;
//! # Ok(())
//! # }
//! ```
//!
//! The way is chosen by the number of rows. Few go as one array for each column, which `unnest`
//! makes into rows again: one text whatever their number, so it is prepared once. Many go by binary
//! `COPY`, straight into the table, or through a temporary table where a conflict clause, keys to
//! return, an update or a delete ask for a statement. The tables and views that `COPY` cannot write
//! to (views, tables with row-level security) take up to 5,000 rows.
//!
//! A column of arrays or composite values cannot be unnested: up to 64 rows go as a `VALUES` list
//! then, more by `COPY`.
//!
//! On a [`Db`](crate::Db) a batch has a connection of its own; in a
//! [`Transaction`](crate::Transaction), and in one that was begun on a [`Session`](crate::Session)
//! by text, it is a part of that. Within both nothing else may be sent while a batch runs.

mod change;
mod conflict;
mod continued;
mod copy;
mod encoded;
mod encoder;
mod execute_many;
mod frame;
mod insert;
mod insert_job;
mod inserted;
mod job;
mod load;
mod record;
mod returning;
mod shape;

pub use change::{DeleteMany, UpdateMany};
pub use conflict::OnConflict;
pub use continued::{Continued, ContinuedInsert};
pub use encoder::Values;
pub use execute_many::execute_many;
pub use insert::InsertMany;
pub use inserted::Inserted;
pub use record::Record;
pub use returning::InsertManyReturning;
