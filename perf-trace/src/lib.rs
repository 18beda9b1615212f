#![doc = include_str!("../README.md")]

mod delivery;
mod error;
mod init;
mod layers;
mod pipeline;
pub mod propagation;
mod settings;
mod telemetry;
mod transport;

pub use opentelemetry;
pub use opentelemetry_otlp;
pub use opentelemetry_sdk;
pub use tracing_opentelemetry;

pub use self::error::{InitError, ShutdownError};
pub use self::init::init;
pub use self::telemetry::Telemetry;
