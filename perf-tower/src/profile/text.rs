//! The forms of a profile that are text.

use std::fmt::Write;

use super::result::Data;
use super::{Hot, top};

const ROWS: usize = 20;

pub(super) fn collapsed(data: &Data) -> String {
    let mut text = String::new();
    comments(&mut text, data);
    for line in lines(data, 0) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// One line for each stack, without its first `skipped` frames.
pub(super) fn lines(data: &Data, skipped: usize) -> Vec<String> {
    let name = |&frame: &u32| data.functions.get(frame as usize).map_or("", |f| f.name.as_str());
    let lines = data.stacks.iter().map(|stack| {
        let names: Vec<&str> = stack.frames.iter().skip(skipped).map(name).collect();
        format!("{} {}", names.join(";"), stack.count)
    });
    lines.collect()
}

pub(super) fn top(data: &Data) -> String {
    let mut text = format!("{}\n", data.headline());
    for note in &data.about.notes {
        _ = writeln!(text, "{note}");
    }
    let mut hot = top::of(data);
    _ = writeln!(text, "\nby samples of their own\n");
    table(&mut text, &hot);
    hot.sort_by_key(|hot| std::cmp::Reverse(hot.total_samples));
    _ = writeln!(text, "\nwith all that they called\n");
    table(&mut text, &hot);
    text
}

fn table(text: &mut String, hot: &[Hot]) {
    _ = writeln!(text, "{:>8} {:>6} {:>8} {:>6}  function", "self", "", "total", "");
    for hot in hot.iter().take(ROWS) {
        _ = writeln!(
            text,
            "{:>8} {:>5.1}% {:>8} {:>5.1}%  {}",
            hot.self_samples,
            hot.self_share * 100.0,
            hot.total_samples,
            hot.total_share * 100.0,
            hot.function,
        );
    }
}

/// A reader of collapsed stacks skips what does not end in a count.
fn comments(text: &mut String, data: &Data) {
    _ = writeln!(text, "# {}", data.headline());
    for note in &data.about.notes {
        _ = writeln!(text, "# {note}");
    }
}
