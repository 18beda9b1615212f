//! What a service sees of perf-trace, over real sockets.
//!
//! `init` is once per process, so every test runs its service in a child process of its own.

mod child;
mod collector;
mod export;
mod init;
mod propagation;
mod secrets;
mod service_name;
mod shutdown;
