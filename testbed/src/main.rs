//! Keeps a private PostgreSQL, Redis and MariaDB until Ctrl-C or the end of its input, and prints
//! the variables by which tests find them.

use std::error::Error as _;
use std::io::{self, Read};
use std::process::ExitCode;

use testbed::{
    Error, MARIADB_VARIABLE, MariaDb, POSTGRES_VARIABLE, Postgres, REDIS_VARIABLE, Redis,
};

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Error> {
    let postgres = Postgres::start()?;
    let redis = Redis::start()?;
    let mariadb = MariaDb::start()?;
    println!("export {POSTGRES_VARIABLE}={}", postgres.url());
    println!("export {REDIS_VARIABLE}={}", redis.url());
    println!("export {MARIADB_VARIABLE}={}", mariadb.url());
    // Input that cannot be read has ended.
    drop(io::stdin().read_to_end(&mut Vec::new()));
    Ok(())
}
