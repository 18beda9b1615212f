//! A data folder and the command that serves it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::locate::MariaDbPrograms;
use crate::postgres::cluster;
use crate::server::{Kind, Server};
use crate::tls::CertificateFiles;
use crate::{Authority, Error};

/// Speed instead of durability: the data does not outlive the test.
const OPTIONS: &[(&str, &str)] = &[
    ("bind-address", "127.0.0.1"),
    ("skip-name-resolve", "ON"),
    ("performance-schema", "ON"),
    ("max-connections", "200"),
    ("character-set-server", "utf8mb4"),
    ("default-time-zone", "+00:00"),
    ("innodb-buffer-pool-size", "64M"),
    ("innodb-log-file-size", "16M"),
    ("innodb-flush-log-at-trx-commit", "0"),
    ("innodb-flush-method", "nosync"),
    // Not every container lends its processes the memory for it.
    ("innodb-use-native-aio", "OFF"),
];

const PID_FILE: &str = "mariadb.pid";

const KIND: Kind = Kind {
    name: "MariaDB",
    folder_prefix: "testbed-mariadb-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: says_ready,
};

/// The folder and the guard of a server that will serve `data` in that folder, which is not made
/// yet. Of an option that is given twice the later one holds.
pub(super) fn prepare(
    programs: &MariaDbPrograms,
    options: &[(&str, &str)],
    authority: Option<&Authority>,
) -> Result<Server, Error> {
    let server = Server::prepare(&KIND, |folder| {
        let mut command: Vec<OsString> =
            vec![programs.server.clone().into(), "--no-defaults".into()];
        command.push(option("datadir", folder.join("data")));
        command.push(option("tmpdir", folder));
        command.push(option("socket", folder.join("socket")));
        command.push(option("pid-file", folder.join(PID_FILE)));
        for (name, value) in OPTIONS.iter().chain(options) {
            command.push(format!("--{name}={value}").into());
        }
        if authority.is_some() {
            let files = CertificateFiles::of(folder);
            command.push(option("ssl-cert", files.certificate));
            command.push(option("ssl-key", files.key));
        }
        command
    })?;
    if let Some(authority) = authority {
        authority.certify(server.folder(), server.account())?;
    }
    Ok(server)
}

/// Makes a data folder in which `root` comes from this machine without a password.
pub(super) fn install(programs: &MariaDbPrograms, server: &Server) -> Result<(), Error> {
    let mut command = Command::new(&programs.install);
    command
        .arg("--no-defaults")
        // It changes to the folder of its own installation, hence no path may be relative.
        .args([option("datadir", server.folder().join("data")), option("tmpdir", server.folder())])
        .args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"])
        .args(["--innodb-log-file-size=16M", "--innodb-flush-method=nosync"]);
    cluster::run("mariadb-install-db", command, server)
}

fn option(name: &str, path: impl AsRef<Path>) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(path.as_ref());
    option
}

/// Just after a restart the log is still that of the run before: it is this run's once the server
/// has written its process id.
fn says_ready(server: &Server) -> bool {
    let file = fs::read_to_string(server.folder().join(PID_FILE)).unwrap_or_default();
    let pid = file.trim().parse().ok();
    pid.is_some() && pid == server.pid() && server.log().contains("ready for connections")
}
