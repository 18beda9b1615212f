use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::server::{Kind, Server};
use crate::{Error, locate};

const KIND: Kind = Kind {
    name: "chromedriver",
    folder_prefix: "testbed-browser-",
    stop_signals: "TERM",
    port_option: "--port",
    ready: says_ready,
};

/// `chromedriver` takes its port as one word, `--port=N`, and gets it as two.
const RUN: &str = r#"exec "$0" "$1=$2""#;

/// The program that starts Chromium and passes orders on to it.
///
/// It does not end Chromium when it is ended itself: the supervisor does that, since both are in
/// its process group.
#[derive(Debug)]
pub(crate) struct Chromedriver {
    server: Server,
}

impl Chromedriver {
    pub(crate) fn start() -> Result<Self, Error> {
        let program = locate::chromedriver()?;
        let mut server = Server::prepare(&KIND, |folder| command(&program, folder))?;
        server.start()?;
        Ok(Self { server })
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.server.folder()
    }

    /// Where the browser is to keep its profile: not there yet.
    pub(crate) fn profile(&self) -> PathBuf {
        self.folder().join("profile")
    }
}

/// Both programs write into the folder alone, also what they would write to the home of the user.
fn command(program: &Path, folder: &Path) -> Vec<OsString> {
    let mut command = vec![OsString::from("env")];
    for variable in ["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"] {
        let mut setting = OsString::from(variable);
        setting.push("=");
        setting.push(folder);
        command.push(setting);
    }
    command.extend(["sh", "-c", RUN].map(OsString::from));
    command.push(program.into());
    command
}

/// Its own word, since any other driver on the port would answer a question as well.
fn says_ready(server: &Server) -> bool {
    server.log().contains("was started successfully")
}
