use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// Why a server is not there. Each text names what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not installed.
    #[error(
        "{program} was not found: run `cargo xtask setup`, or install the package `{package}` \
         (`apt-get install {package}`)"
    )]
    Missing {
        /// The program that was looked for.
        program: &'static str,
        /// Debian's package that has it.
        package: Cow<'static, str>,
    },

    /// The server's folder could not be made.
    #[error(
        "no folder could be made in {} for a private server: free some space there, \
         or set TMPDIR to a folder that every account can enter", parent.display()
    )]
    Folder {
        /// The folder for temporary files.
        parent: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The data folder of a PostgreSQL or MariaDB could not be made.
    #[error(
        "{program} could not make a data folder in {} (free some space there, or set TMPDIR to \
         another folder): {output}", folder.display()
    )]
    Cluster {
        /// What was to make it: `initdb`, `cp`, `pg_basebackup` or `mariadb-install-db`.
        program: &'static str,
        /// The folder of the server.
        folder: PathBuf,
        /// The last lines that the program wrote.
        output: String,
    },

    /// A server ended instead of serving.
    #[error("{server} ended while it started: {log}")]
    Died {
        /// The server's name.
        server: &'static str,
        /// The last lines of its log.
        log: String,
    },

    /// A server did not serve in time.
    #[error("{server} did not serve within {seconds} s: {log}")]
    Late {
        /// The server's name.
        server: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// The last lines of its log.
        log: String,
    },

    /// No port of 127.0.0.1 was free.
    #[error("no free port between 20000 and 32000 was found on 127.0.0.1: end some servers")]
    NoPort,

    /// The process that guards a server could not be run or did not answer.
    #[error("the process that guards a server does not answer: check that `sh` runs")]
    Supervisor(#[source] io::Error),

    /// A program could not be run.
    #[error("{program} could not be run")]
    Run {
        /// The program.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },

    /// PostgreSQL or MariaDB refused a statement.
    #[error("{server} refused a statement: {message}")]
    Sql {
        /// The server's name.
        server: &'static str,
        /// What it said.
        message: String,
    },

    /// The browser or its driver refused an order.
    #[error("the browser could not {order}: {message}")]
    Browser {
        /// What it was to do: `open http://…`, `click #next`.
        order: String,
        /// What it said.
        message: String,
    },

    /// What a test waited for did not come.
    #[error("the browser waited {seconds} s in vain for {what}")]
    InVain {
        /// What should have come.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },

    /// Redis was not reached or gave an unexpected answer.
    #[error("Redis did not answer as it should")]
    Redis(#[source] io::Error),

    /// Several servers did not come to agree in time.
    #[error("{servers} did not get there within {seconds} s: {what}")]
    Unsettled {
        /// What they are: a Redis cluster, Redis Sentinel, PostgreSQL and its replicas.
        servers: &'static str,
        /// What was waited for, and how far it came.
        what: String,
        /// How long it was waited for.
        seconds: u64,
    },

    /// No certificate could be made.
    #[error("no certificate could be made")]
    Certificate(#[source] rcgen::Error),
}
