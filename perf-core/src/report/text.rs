//! Names and statements, made fit for one line of a report.

use crate::event::CallSite;

/// The text with U+FFFD for every character that could end the line, give a command to the terminal
/// or turn the direction of writing: names and identifiers come from outside.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_harmless(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// The first `width` characters, with an ellipsis for the rest.
pub(super) fn shortened(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A call site whose path has lost what does not fit: the end of a path tells most.
pub(super) fn place(call_site: CallSite, width: usize) -> String {
    let text = call_site.to_string();
    match text.chars().count().checked_sub(width) {
        None | Some(0) => text,
        Some(too_many) => format!("…{}", text.chars().skip(too_many + 1).collect::<String>()),
    }
}

fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
