//! The shop: each slow route beside its cure, so that the report shows the difference.
//!
//! `shop seed` fills the database that `DATABASE_URL` names, `shop serve [--port N]` serves from
//! it, with the cache in Redis too where `REDIS_URL` is set, and reads from the replicas that
//! `REPLICA_URLS` names, with spaces between them. The report is for whoever sends the
//! token in `PERF_TOKEN`; without that variable, for programs on the same machine.

mod app;
mod error;
mod options;
mod orders;
mod products;
mod quote;
mod reviews;
mod search;
mod seed;
mod seen;
mod serve;
mod suppliers;

use std::error::Error;
use std::process::ExitCode;

use options::Command;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    match options::parse(lexopt::Parser::from_env())? {
        Command::Seed { database_url } => seed::seed(&database_url).await,
        Command::Serve { servers, port, token } => serve::serve(&servers, port, token).await,
    }
}
