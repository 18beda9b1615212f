//! Requests to other services, over real sockets.

mod grpc;
mod middleware;
mod names;
mod outcomes;
mod retries;
mod server;
