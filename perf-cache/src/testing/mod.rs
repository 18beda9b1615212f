//! Several processes and the Redis they share, in one test, without Redis and without waiting.
//!
//! A [`World`] has a store in memory and hands out caches that share it, as if each were a process of
//! its own. From a seed, or by hand, nodes are cut off, commands are slow, fail, or are done though
//! nobody hears of it, and notices between the nodes are lost, late, told twice or out of order. The
//! same seed makes the same things go wrong in every run.
//!
//! [`run`] gives a test a world and a paused clock: sleeping takes no time, and a minute passes when
//! everybody sleeps.
//!
//! ```
//! use std::time::Duration;
//! use perf_cache::testing::{self, Cut};
//!
//! # fn main() -> Result<(), perf_cache::BuildError> {
//! testing::run(7, |world| async move {
//!     let (shop, office) = (world.node("shop").build().await?, world.node("office").build().await?);
//!     let hour = Duration::from_secs(3600);
//!     office.insert("price:7", 250, hour).await;
//!     assert_eq!(shop.get::<i32>("price:7").await.as_deref(), Some(&250));
//!
//!     world.cut("shop", Cut::Hangs);
//!     office.invalidate("price:7").await;
//!     tokio::time::sleep(Duration::from_secs(6)).await;
//!     assert_eq!(shop.get::<i32>("price:7").await, None, "it knows that it may have missed something");
//!     Ok(())
//! })
//! # }
//! ```
//!
//! What it does not do: it holds no more than a test puts in, and evicts only where it is told to; its
//! nodes are on one thread, so it finds no data races.

mod channel;
mod faults;
mod link;
mod server;
#[cfg(test)]
mod tests;
mod watch;
mod world;

pub use self::faults::{Cut, Faults};
#[doc(hidden)]
pub use self::watch::{Seen, What};
#[doc(hidden)]
pub use self::world::Defect;
pub use self::world::{World, run};
