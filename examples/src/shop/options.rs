use std::env;

use lexopt::{Arg, ValueExt};

/// What the command line and the environment ask for.
pub(crate) enum Command {
    Seed { database_url: String },
    Serve { servers: Servers, port: u16, token: Option<String> },
}

/// Where the shop finds its servers.
pub(crate) struct Servers {
    pub(crate) database_url: String,
    /// Those of the database's replicas, in `REPLICA_URLS` with spaces between them.
    pub(crate) replica_urls: Vec<String>,
    pub(crate) redis_url: Option<String>,
}

const USAGE: &str = "usage: shop seed | shop serve [--port N]";

pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Command, String> {
    let (mut command, mut port) = (None, 3000);
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        match argument {
            Arg::Value(value) if command.is_none() && (value == "seed" || value == "serve") => {
                command = Some(value);
            }
            Arg::Long("port") => {
                let value = arguments.value().map_err(|error| error.to_string())?;
                port = value.parse().map_err(|_| "--port takes a number from 0 to 65535")?;
            }
            other => return Err(format!("{}; {USAGE}", other.unexpected())),
        }
    }
    let command = command.ok_or(USAGE)?;
    let database_url = variable("DATABASE_URL")
        .ok_or("DATABASE_URL is not set; set it to postgres://user@host/database")?;
    Ok(match command == "seed" {
        true => Command::Seed { database_url },
        false => Command::Serve {
            servers: Servers {
                database_url,
                replica_urls: variable("REPLICA_URLS")
                    .map(|urls| urls.split_whitespace().map(str::to_owned).collect())
                    .unwrap_or_default(),
                redis_url: variable("REDIS_URL"),
            },
            port,
            token: variable("PERF_TOKEN"),
        },
    })
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
