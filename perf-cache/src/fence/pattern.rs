//! Glob patterns by the rules of Redis (`KEYS`, `SCAN MATCH`), on bytes, in time that grows with the
//! product of both lengths at worst.

use perf_core::sync::Arc;

/// Keys by a glob pattern: `*` stands for any text, `?` for one byte, `[ab]`, `[a-z]` and `[^a]` for one
/// of a set, and `\` takes the meaning from what follows.
///
/// ```
/// use perf_cache::Pattern;
///
/// let of_the_user = Pattern::new("user:42:*");
/// assert!(of_the_user.matches("user:42:orders"));
/// assert!(!of_the_user.matches("user:421:orders"));
///
/// let name = Pattern::escape("[admin]*");
/// assert!(Pattern::new(format!("user:{name}:*")).matches("user:[admin]*:orders"));
/// ```
///
/// The ends of a range are bytes, and should be ASCII: what others mean depends on the machine that Redis
/// runs on.
///
/// A pattern of some length takes as long on every key: those with many `*` cost the product of both
/// lengths at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Arc<str>,
}

impl Pattern {
    /// A pattern. Every text is one; an unclosed `[` is closed at the end, as Redis has it.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into().into() }
    }

    /// The text that stands for itself in a pattern.
    pub fn escape(text: &str) -> String {
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
                escaped.push('\\');
            }
            escaped.push(character);
        }
        escaped
    }

    /// Whether the pattern stands for this key.
    pub fn matches(&self, key: &str) -> bool {
        matches(&self.text, key)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

pub(super) fn matches(pattern: &str, key: &str) -> bool {
    matches_bytes(pattern.as_bytes(), key.as_bytes())
}

fn matches_bytes(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Where to go on when the text after the last star does not fit: one byte further.
    let mut retry = None;
    loop {
        if at < pattern.len() && pattern[at] == b'*' {
            at += 1;
            retry = Some((at, read));
            continue;
        }
        if read == text.len() {
            return at == pattern.len();
        }
        if let Some(next) = step(pattern, at, text[read]) {
            (at, read) = (next, read + 1);
            continue;
        }
        let Some((star, from)) = retry else {
            return false;
        };
        retry = Some((star, from + 1));
        (at, read) = (star, from + 1);
    }
}

/// Where the pattern goes on when what stands at `at` fits the byte.
fn step(pattern: &[u8], at: usize, byte: u8) -> Option<usize> {
    match pattern.get(at)? {
        b'?' => Some(at + 1),
        b'[' => {
            let (fits, next) = set(pattern, at + 1, byte);
            fits.then_some(next)
        }
        b'\\' if at + 1 < pattern.len() => (pattern[at + 1] == byte).then_some(at + 2),
        plain => (*plain == byte).then_some(at + 1),
    }
}

/// Whether the set that begins behind its bracket has the byte, and where it ends.
fn set(pattern: &[u8], mut at: usize, byte: u8) -> (bool, usize) {
    let negated = pattern.get(at) == Some(&b'^');
    if negated {
        at += 1;
    }
    let mut found = false;
    loop {
        match pattern[at.min(pattern.len())..] {
            [] => return (found != negated, pattern.len()),
            [b'\\', escaped, ..] => {
                found |= escaped == byte;
                at += 2;
            }
            [b']', ..] => return (found != negated, at + 1),
            [from, b'-', to, ..] => {
                found |= (from.min(to)..=from.max(to)).contains(&byte);
                at += 3;
            }
            [one, ..] => {
                found |= one == byte;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_many_stars_takes_no_time_to_speak_of() {
        let pattern = "*a".repeat(200);
        assert!(!matches(&pattern, &"a".repeat(199)));
        assert!(!matches(&"*a".repeat(30), &format!("{}b", "a".repeat(10_000))));
    }

    #[test]
    fn an_escaped_text_stands_for_itself_alone() {
        for text in ["*", "?", "[a]", "a\\b", "[^a-z]", "", "ä*", "{x}"] {
            let pattern = Pattern::new(Pattern::escape(text));
            assert!(pattern.matches(text), "{text}");
            assert!(!pattern.matches(&format!("{text}x")), "{text}");
            assert!(!pattern.matches("other"), "{text}");
        }
    }
}
