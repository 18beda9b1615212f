use std::collections::BTreeMap;

use perf_core::time::Duration;

use super::quantity::Quantity;
use crate::advise::Missing;

/// The settings of a live server, and what it has counted that they are judged by.
///
/// Holds the settings that [`findings`](Self::findings) judges and no others: some hold passwords.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ServerSettings {
    /// As `server_version_num`: 150018.
    pub version_number: u32,
    /// By name. A setting that this version does not have is not there.
    pub settings: BTreeMap<String, Setting>,
    /// Settings that were changed and hold only after a restart.
    pub pending_restart: Vec<String>,
    /// Size of the database that was asked.
    pub database_bytes: Option<u64>,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// The checkpoints that it made; `None` on a replica.
    pub checkpoints: Option<Checkpoints>,
    /// The provider that runs it, where its roles give that away; settings are changed there then.
    pub provider: Option<&'static str>,
    /// What could not be looked at.
    pub missing: Vec<Missing>,
}

/// One setting of a live server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Setting {
    /// As a session begins with it, in its unit: what `pg_settings` calls `reset_val`.
    pub value: String,
    /// Its unit: `8kB`, `ms`.
    pub unit: Option<String>,
    /// Its value in a server that nobody has set up.
    pub default: String,
    /// When it can be changed.
    pub context: Context,
    /// Where its value comes from: `default`, `configuration file`, `database`.
    pub source: String,
    /// The words that it knows, where it knows words only.
    pub words: Vec<String>,
    /// Whether the user who asked may change it for the whole server.
    pub can_be_altered: bool,
}

/// When a [`Setting`] can be changed (PostgreSQL manual, 54.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Context {
    /// Never: it was fixed when the server was built or its folder made.
    Internal,
    /// With a restart.
    Restart,
    /// For the whole server, without a restart.
    Reload,
    /// For each session too, by a superuser or whom one has allowed it.
    Superuser,
    /// For each session too, by anybody.
    User,
}

/// Checkpoints, since the server counts.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Checkpoints {
    /// Begun because it was time.
    pub timed: u64,
    /// Begun for another reason: `max_wal_size` was reached, or somebody asked for it.
    pub requested: u64,
    /// What was written to the log meanwhile; `None` where the server does not tell (before 14).
    pub log_bytes: Option<u64>,
    /// How long the server has counted.
    pub counted_for: Duration,
}

impl ServerSettings {
    /// The major version.
    pub fn major(&self) -> u32 {
        self.version_number / 10_000
    }

    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name)
    }

    pub(super) fn quantity(&self, name: &str) -> Option<Quantity> {
        self.get(name)?.quantity()
    }

    pub(super) fn bytes(&self, name: &str) -> Option<u64> {
        self.quantity(name)?.bytes()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.quantity(name)? {
            Quantity::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn is_off(&self, name: &str) -> bool {
        self.get(name).is_some_and(|setting| setting.value == "off")
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|setting| setting.value == "on")
    }
}

impl Setting {
    /// Its value with the unit taken in; `None` for words.
    pub fn quantity(&self) -> Option<Quantity> {
        Quantity::parse(&self.value, self.unit.as_deref())
    }

    /// Whether it is as in a server that nobody has set up.
    pub fn is_default(&self) -> bool {
        self.value == self.default
    }

    /// As a person would write it.
    pub(super) fn shown(&self) -> String {
        match self.quantity() {
            Some(quantity) => quantity.to_string(),
            None => self.value.clone(),
        }
    }
}

impl Context {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "postmaster" => Self::Restart,
            "sighup" => Self::Reload,
            "user" | "backend" => Self::User,
            "superuser" | "superuser-backend" => Self::Superuser,
            _ => Self::Internal,
        }
    }
}
