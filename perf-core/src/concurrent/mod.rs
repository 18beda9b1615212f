//! Many futures at once, but never more than a limit.
//!
//! ```
//! use perf_core::map_concurrent;
//!
//! # async fn price(product: u64) -> Result<u64, std::io::Error> { Ok(product * 100) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), std::io::Error> {
//! let prices = map_concurrent(8, [3, 1, 2], price).try_collect().await?;
//! assert_eq!(prices, [300, 100, 200]);
//! # Ok(())
//! # }
//! ```
//!
//! The futures are polled by their caller's future: nothing is spawned, any runtime will do, what
//! they record belongs to the caller's scope, and they may borrow. They take turns on one thread,
//! so this makes waiting quicker and not computing; after 256 outputs in a row the thread is given back
//! for once.

mod in_order;
mod map;
mod numbered;

pub use in_order::InOrder;
pub use map::{MapConcurrent, map_concurrent};
