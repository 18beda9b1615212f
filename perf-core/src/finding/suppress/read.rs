//! From TOML to entries, with the line of whatever is wrong.

use std::collections::HashMap;
use std::collections::hash_map;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::date::Date;
use super::entry::Entry;
use super::error::SuppressError;

const MOST_BYTES: u64 = 1 << 20;

/// The fields of an entry: it has all of them, and no other.
const FIELDS: [&str; 3] = ["key", "reason", "until"];

pub(super) fn file(path: &Path) -> Result<Vec<Entry>, SuppressError> {
    let read = || -> Result<String, io::Error> {
        let mut text = String::new();
        File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let entries = match read() {
        Ok(text) if text.len() as u64 > MOST_BYTES => Err(SuppressError::too_large()),
        Ok(content) => text(&content),
        Err(cause) => Err(SuppressError::unreadable(cause)),
    };
    entries.map_err(|error| error.of_file(path.to_owned()))
}

pub(super) fn text(text: &str) -> Result<Vec<Entry>, SuppressError> {
    let lines = Lines::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    // A string that is not closed makes nonsense of what follows: the first error is the one to mend.
    let begin = |error: &Error| error.span().map_or(text.len(), |span| span.start);
    if let Some(error) = errors.iter().min_by_key(|error| begin(error)) {
        // The parser's words may have several lines.
        let said = error.message().lines().next().unwrap_or_default();
        return Err(SuppressError::at(lines.of(begin(error)), format!("this is no TOML: {said}")));
    }
    let mut entries = Vec::new();
    for (name, value) in document.get_ref() {
        let line = lines.of(name.span().start);
        if &**name.get_ref() != "suppress" {
            let name = name.get_ref();
            let what = format!("unknown field `{name}`: entries begin with [[suppress]]");
            return Err(SuppressError::at(line, what));
        }
        let Some(list) = value.get_ref().as_array() else {
            let what = "`suppress` is a list of tables: write [[suppress]] in two brackets";
            return Err(SuppressError::at(line, what));
        };
        for element in list {
            entries.push(entry(element, &lines)?);
        }
    }
    entries.sort_by_key(|entry: &Entry| entry.line);
    let mut seen = HashMap::new();
    for entry in &entries {
        match seen.entry(&*entry.key) {
            hash_map::Entry::Vacant(place) => {
                place.insert(entry.line);
            }
            hash_map::Entry::Occupied(place) => {
                let what = format!(
                    "the key `{}` is there already, in the entry of line {}: leave one of them",
                    entry.key,
                    place.get()
                );
                return Err(SuppressError::at(entry.line, what));
            }
        }
    }
    Ok(entries)
}

fn entry(element: &Spanned<DeValue<'_>>, lines: &Lines) -> Result<Entry, SuppressError> {
    let line = lines.of(element.span().start);
    let Some(table) = element.get_ref().as_table() else {
        let what = "an entry is a table with `key`, `reason` and `until`";
        return Err(SuppressError::at(line, what));
    };
    if let Some(name) = table.keys().find(|name| !FIELDS.contains(&&**name.get_ref())) {
        let what =
            format!("unknown field `{}`: an entry has `key`, `reason` and `until`", name.get_ref());
        return Err(SuppressError::at(lines.of(name.span().start), what));
    }
    let field = |name: &str, example: &str| {
        let value = table.iter().find(|(field, _)| &**field.get_ref() == name);
        value.map(|(_, value)| (value, lines.of(value.span().start))).ok_or_else(|| {
            SuppressError::at(
                line,
                format!("the entry has no `{name}`: add {name} = \"{example}\""),
            )
        })
    };
    let (key, key_line) = field("key", "unused_index:shop.orders_created_at_idx")?;
    let key = string(key).filter(|key| is_key(key)).ok_or_else(|| {
        let what = "`key` is the key of a finding, as unused_index:shop.orders_created_at_idx, or \
                    its beginning with a * behind, as unused_index:shop.*";
        SuppressError::at(key_line, what)
    })?;
    let (reason, reason_line) = field("reason", "why it stays")?;
    let reason = string(reason).filter(|reason| !reason.trim().is_empty()).ok_or_else(|| {
        SuppressError::at(reason_line, "`reason` is a text that says why the finding stays")
    })?;
    let (until, until_line) = field("until", "2027-03-01")?;
    let until = date(until.get_ref()).ok_or_else(|| {
        let what = "`until` is the last day on which the finding is hidden, as \"2027-03-01\"";
        SuppressError::at(until_line, what)
    })?;
    Ok(Entry { key, reason, until, line })
}

/// Whether it names a kind: a `*` alone would hide whatever comes.
fn is_key(key: &str) -> bool {
    key.split_once(':').is_some_and(|(kind, which)| !kind.is_empty() && !which.is_empty())
}

fn string(value: &Spanned<DeValue<'_>>) -> Option<String> {
    value.get_ref().as_str().map(str::to_owned)
}

/// A text, or a date as TOML has it: without quotes.
fn date(value: &DeValue<'_>) -> Option<Date> {
    match value {
        DeValue::String(text) => text.parse().ok(),
        DeValue::Datetime(moment) if moment.time.is_none() && moment.offset.is_none() => {
            let date = moment.date?;
            Date::new(date.year, date.month, date.day)
        }
        _ => None,
    }
}

/// Where each line begins, to find the one that a byte is in.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    /// From 1.
    fn of(&self, at: usize) -> usize {
        self.0.partition_point(|begin| *begin <= at)
    }
}
