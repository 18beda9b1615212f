//! Requests to other services, over real sockets.

mod grpc;
mod hidden_end;
mod middleware;
mod names;
mod outcomes;
mod retries;
mod server;
