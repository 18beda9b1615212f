use std::fmt::{self, Write as _};

use super::machine::Machine;
use super::quantity::Quantity;
use super::rules;
use super::server::ServerSettings;

/// The settings that suit a [`Machine`].
///
/// They are a start, and better than the defaults, which suit the smallest machine; what the server
/// then measures decides.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommended {
    /// In the order in which a person reads them.
    pub settings: Vec<Recommendation>,
    /// Why they may not suit this machine, where that is so.
    pub caveat: Option<&'static str>,
}

/// A value for one setting.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// The setting.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// Why.
    pub reason: &'static str,
    /// What may come of it that one does not want.
    pub risk: Option<&'static str>,
    /// What to say to a server that was built without the word in [`value`](Self::value).
    pub otherwise: Option<&'static str>,
    /// Whether it holds only after a restart of the server.
    pub needs_restart: bool,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A number, size or time.
    Quantity(Quantity),
    /// `on`, `off` or another word that the setting knows.
    Word(&'static str),
}

impl Recommended {
    /// By pgtune's rules of 2026, which take nothing else into account than the machine.
    pub fn of(machine: &Machine) -> Self {
        Self { settings: rules::settings(machine), caveat: rules::caveat(machine) }
    }

    /// As [`of`](Self::of), for the server that has these settings: by its version, and with no word
    /// that it does not know, since it would not start with one.
    pub fn for_server(machine: &Machine, server: &ServerSettings) -> Self {
        let machine = Machine { version: server.major(), ..machine.clone() };
        let mut recommended = Self::of(&machine);
        for setting in &mut recommended.settings {
            let words = server.get(setting.name).map_or(&[][..], |setting| &setting.words);
            if let Value::Word(word) = setting.value
                && !words.is_empty()
                && !words.iter().any(|known| known == word)
                && let Some(otherwise) = setting.otherwise
            {
                setting.value = Value::Word(otherwise);
                setting.risk = None;
            }
        }
        recommended
    }

    /// What is recommended for this setting.
    pub fn find(&self, name: &str) -> Option<&Recommendation> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// As lines of `postgresql.conf`, each with its reason.
    pub fn postgresql_conf(&self) -> String {
        let mut text = String::new();
        if let Some(caveat) = self.caveat {
            _ = writeln!(text, "# {caveat}");
        }
        for setting in &self.settings {
            let Recommendation { name, value, reason, .. } = setting;
            _ = write!(text, "{name} = {value} # {reason}");
            if setting.needs_restart {
                text.push_str("; needs a restart");
            }
            if let Some(risk) = setting.risk {
                _ = write!(text, "; {risk}");
            }
            text.push('\n');
        }
        text
    }

    /// As SQL, one statement a line, for a superuser.
    ///
    /// Each has to be sent by itself: PostgreSQL refuses `alter system` in a transaction, and several
    /// statements sent together are one.
    pub fn alter_system(&self) -> String {
        let mut text = String::new();
        for Recommendation { name, value, .. } in &self.settings {
            _ = writeln!(text, "alter system set {name} = '{value}';");
        }
        text.push_str("select pg_reload_conf();\n");
        text
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantity(quantity) => quantity.fmt(f),
            Self::Word(word) => f.write_str(word),
        }
    }
}

impl Recommendation {
    pub(super) fn new(name: &'static str, value: Value, reason: &'static str) -> Self {
        Self { name, value, reason, risk: None, otherwise: None, needs_restart: false }
    }

    pub(super) fn bytes(name: &'static str, bytes: u64, reason: &'static str) -> Self {
        Self::new(name, Value::Quantity(Quantity::Bytes(bytes)), reason)
    }

    pub(super) fn number(name: &'static str, number: f64, reason: &'static str) -> Self {
        Self::new(name, Value::Quantity(Quantity::Number(number)), reason)
    }

    pub(super) fn count(name: &'static str, count: u32, reason: &'static str) -> Self {
        Self::number(name, f64::from(count), reason)
    }

    pub(super) fn word(name: &'static str, word: &'static str, reason: &'static str) -> Self {
        Self::new(name, Value::Word(word), reason)
    }

    pub(super) fn risk(mut self, risk: &'static str) -> Self {
        self.risk = Some(risk);
        self
    }

    pub(super) fn otherwise(mut self, word: &'static str) -> Self {
        self.otherwise = Some(word);
        self
    }

    pub(super) fn restart(mut self) -> Self {
        self.needs_restart = true;
        self
    }
}
