//! The command line.

use std::path::PathBuf;

use lexopt::Arg;

use crate::paired::Effort;

pub(crate) struct Options {
    names: Vec<String>,
    pub(crate) effort: Effort,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: lexopt::Parser, known: &[&str]) -> Result<Self, String> {
        let mut options = Self { names: Vec::new(), effort: Effort::Full, json: None };
        while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
            match argument {
                Arg::Long("quick") => options.effort = Effort::Quick,
                Arg::Long("json") => {
                    let file = arguments.value().map_err(|error| error.to_string())?;
                    options.json = Some(file.into());
                }
                Arg::Value(name) if known.iter().any(|known| name == *known) => {
                    options.names.push(name.to_string_lossy().into_owned());
                }
                Arg::Value(name) => {
                    let (name, known) = (name.display(), known.join(", "));
                    return Err(format!("there is no bench {name}; there are {known}"));
                }
                other => {
                    return Err(format!("{}; try --quick or --json FILE", other.unexpected()));
                }
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }
}
