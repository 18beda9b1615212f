//! Two processes that read and invalidate without a pause while their Redis is disturbed in every way
//! there is. No call fails or hangs, the process that invalidates never serves what it has
//! invalidated, and when all is well again both processes read the newest values.

#[cfg(feature = "cluster")]
mod cluster;
mod one;
#[cfg(feature = "sentinel")]
mod sentinel;
mod storm;
