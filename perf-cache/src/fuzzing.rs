//! What comes from outside, as functions of bytes: for the targets in `fuzz/`, which libFuzzer drives, and
//! for the short random test below. Each says by a panic that something is wrong.

use crate::store::redis::fuzz;
use crate::{Pattern, bytes};

/// What may be found under a key.
pub fn envelope(input: &[u8]) {
    bytes::fuzz(input);
}

/// What may be heard on the channel.
pub fn notice(input: &[u8]) {
    fuzz::notice(input);
}

/// What may be given as the URL of Redis.
pub fn url(input: &[u8]) {
    if let Ok(url) = str::from_utf8(input) {
        fuzz::url(url);
    }
}

/// What a cluster may answer to `CLUSTER SLOTS`.
pub fn topology(input: &[u8]) {
    fuzz::topology(input);
}

/// A pattern and a key, with a zero between them.
pub fn pattern(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (pattern, key) = text.split_once('\0').unwrap_or((text, text));
    let matches = |pattern: &str| Pattern::new(pattern).matches(key);
    let is_match = matches(pattern);
    assert!(matches(&Pattern::escape(key)), "escaped, a key stands for itself");
    assert!(matches(&format!("{}*", Pattern::escape(key))));
    if is_match && !pattern.ends_with('\\') && !pattern.contains('[') {
        assert!(matches(&format!("*{pattern}*")), "a star may stand for nothing");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// What has a meaning in one of the inputs.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        const PIECES: [&str; 30] = [
            "redis",
            "rediss",
            "+cluster",
            "+sentinel",
            "://",
            ":",
            "@",
            "/",
            "?",
            "&",
            "=",
            "[",
            "]",
            ",",
            "%2",
            "::1",
            "main",
            "sentinel_user=",
            "*",
            "\\",
            "-",
            "^",
            "\0",
            "\r\n",
            "*2\r\n",
            ":7\r\n",
            "$3\r\nabc\r\n",
            "1k",
            "1r",
            "1t",
        ];
        prop_oneof![
            3 => proptest::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
            1 => vec(any::<u8>(), 0..9),
        ]
    }

    proptest! {
        #[test]
        fn nothing_that_comes_from_outside_is_fatal(pieces in vec(piece(), 0..12)) {
            let input = pieces.concat();
            for target in [super::envelope, super::notice, super::url, super::topology, super::pattern] {
                target(&input);
            }
        }
    }
}
