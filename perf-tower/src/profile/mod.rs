//! Profiles.

mod ask;
mod body;
mod error;
mod fold;
mod format;
mod future;
mod layer;
mod marker;
mod name;
mod notes;
mod profiler;
mod protobuf;
mod recording;
mod requests;
mod result;
mod sampler;
mod service;
mod slot;
mod store;
mod svg;
mod symbols;
mod symtab;
mod text;
mod top;
mod tree;

pub use body::ProfileBody;
pub use error::ProfileError;
pub use format::Format;
pub use future::ProfileFuture;
pub use layer::ProfileLayer;
pub use profiler::{Profiler, Running};
pub use requests::ProfileRequests;
pub use result::{About, Profile};
pub use service::{ProfileService, ServiceFuture};
pub use top::Hot;
pub use tree::Node;
