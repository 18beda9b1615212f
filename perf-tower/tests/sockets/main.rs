//! Every way in which a request can end, with real servers and sockets, in HTTP/1 and HTTP/2.

mod bodies;
mod hang_up;
mod panics;
mod server;
mod shutdown;
mod streams;
