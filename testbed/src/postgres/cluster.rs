//! A data folder and the command that serves it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::server::{Kind, Server, tail};
use crate::tls::CertificateFiles;
use crate::{Authority, Error, folder, psql};

/// Speed instead of durability: the data does not outlive the test.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "200"),
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_preload_libraries", "pg_stat_statements"),
    ("pg_stat_statements.track", "all"),
    ("timezone", "UTC"),
];

const KIND: Kind = Kind {
    name: "PostgreSQL",
    folder_prefix: "testbed-postgres-",
    // Fast shutdown, then immediate shutdown.
    stop_signals: "INT QUIT",
    port_option: "-p",
    ready: says_ready,
};

/// The folder and the guard of a server that will serve `data` in that folder, which is not made
/// yet. Of a setting that is given twice the later one holds.
pub(crate) fn prepare(
    bin: &Path,
    settings: &[(&str, &str)],
    authority: Option<&Authority>,
) -> Result<Server, Error> {
    let server = Server::prepare(&KIND, |folder| {
        let mut command: Vec<OsString> =
            vec![bin.join("postgres").into(), "-D".into(), folder.join("data").into()];
        for (name, value) in SETTINGS.iter().chain(settings) {
            command.extend(["-c".into(), format!("{name}={value}").into()]);
        }
        if authority.is_some() {
            command.extend(tls_settings(folder));
        }
        command
    })?;
    if let Some(authority) = authority {
        authority.certify(server.folder(), server.account())?;
    }
    Ok(server)
}

fn tls_settings(folder: &Path) -> Vec<OsString> {
    let files = CertificateFiles::of(folder);
    let mut settings: Vec<OsString> = vec!["-c".into(), "ssl=on".into()];
    for (name, file) in [("ssl_cert_file", files.certificate), ("ssl_key_file", files.key)] {
        settings.extend(["-c".into(), format!("{name}={}", file.display()).into()]);
    }
    settings
}

/// Nobody is let in without TLS. The server does not run yet.
pub(crate) fn demand_tls(server: &Server) -> Result<(), Error> {
    let rules = server.folder().join("data/pg_hba.conf");
    folder::write(&rules, "hostssl all all 127.0.0.1/32 trust\n", server.account())
}

/// Makes a cluster in which everybody who comes from this machine is trusted.
pub(crate) fn initdb(bin: &Path, server: &Server) -> Result<(), Error> {
    let mut command = Command::new(bin.join("initdb"));
    command.args(["--no-sync", "--no-instructions", "--no-locale", "--encoding=UTF8"]).args([
        "--auth=trust",
        "--username=postgres",
        "--pgdata=data",
    ]);
    run("initdb", command, server)
}

/// Runs a program that fills the server's folder, as the account of the server.
pub(crate) fn run(
    program: &'static str,
    mut command: Command,
    server: &Server,
) -> Result<(), Error> {
    command
        .current_dir(server.folder())
        .env("LC_ALL", "C")
        // Out of reach of a Ctrl-C: the supervisor deletes what an interrupted owner leaves.
        .process_group(0);
    psql::without_settings(&mut command);
    if let Some(account) = server.account() {
        command.uid(account.uid).gid(account.gid);
    }
    let output = command.output().map_err(|source| Error::Run { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let output = tail(&String::from_utf8_lossy(&output.stderr));
    Err(Error::Cluster { program, folder: server.folder().to_owned(), output })
}

/// The server writes its process id to the first and its state to the eighth line of this file,
/// for `pg_ctl` to read: `ready` also where a replica serves reads. The id tells it from a file
/// that a killed server left.
fn says_ready(server: &Server) -> bool {
    let file = fs::read_to_string(server.folder().join("data/postmaster.pid")).unwrap_or_default();
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    let pid = lines.first().and_then(|line| line.parse().ok());
    pid.is_some() && pid == server.pid() && lines.get(7) == Some(&"ready")
}

/// The address of a database on 127.0.0.1, for the superuser.
pub(crate) fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}
